import type { CookieSerializeOptions } from '@fastify/cookie';
import type { Config } from '@linkgrove/api';

/** How every cookie of ours is called and set: out of reach of scripts, for this host alone. */
export type HostCookie = { name: (name: string) => string; options: CookieSerializeOptions };

/** Over https the names carry `__Host-`, which binds the cookies to this host and to TLS. */
export const createHostCookie = ({ secureCookies }: Config): HostCookie => ({
  name: (name) => (secureCookies ? `__Host-${name}` : name),
  options: { httpOnly: true, sameSite: 'lax', path: '/', secure: secureCookies },
});
