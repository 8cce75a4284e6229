import type { Config } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';

export type HostCookie = {
  read: (request: FastifyRequest) => string | undefined;
  set: (reply: FastifyReply, value: string, maxAgeSeconds: number) => void;
  clear: (reply: FastifyReply) => void;
};

type Cookies = Record<string, string | undefined>;
const NO_COOKIES: Cookies = {};

/** Parses the header once per request, and not before a cookie is read. */
function readCookies(request: FastifyRequest): Cookies {
  const { cookie } = request.headers;
  if (cookie === undefined) return NO_COOKIES;
  const parsed: Cookies | null = request.cookies;
  return parsed ?? (request.cookies = request.server.parseCookie(cookie));
}

/** Over https, names start with `__Host-`, which binds the cookies to this host and to TLS. */
export function createHostCookie({ secureCookies }: Config, plainName: string): HostCookie {
  const name = secureCookies ? `__Host-${plainName}` : plainName;
  const options = { httpOnly: true, sameSite: 'lax', path: '/', secure: secureCookies } as const;
  const write = (reply: FastifyReply, value: string, more: { maxAge: number; expires?: Date }) =>
    void reply.header('set-cookie', reply.server.serializeCookie(name, value, { ...options, ...more }));
  return {
    read: (request) => readCookies(request)[name],
    set: (reply, value, maxAge) => write(reply, value, { maxAge }),
    clear: (reply) => write(reply, '', { maxAge: 0, expires: new Date(0) }),
  };
}
