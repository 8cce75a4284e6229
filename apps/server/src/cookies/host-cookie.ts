import type { CookieSerializeOptions } from '@fastify/cookie';
import type { Config } from '@linkgrove/api';

export type HostCookie = { toName: (name: string) => string; options: CookieSerializeOptions };

/** Over https, names start with `__Host-`, which binds the cookies to this host and to TLS. */
export const createHostCookie = ({ secureCookies }: Config): HostCookie => ({
  toName: (name) => (secureCookies ? `__Host-${name}` : name),
  options: { httpOnly: true, sameSite: 'lax', path: '/', secure: secureCookies },
});
