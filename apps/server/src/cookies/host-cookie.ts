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

function createCookie(
  name: string,
  { secure, httpOnly }: { secure: boolean; httpOnly: boolean },
): HostCookie {
  const options = { httpOnly, sameSite: 'lax', path: '/', secure } as const;
  const write = (reply: FastifyReply, value: string, more: { maxAge: number; expires?: Date }) =>
    void reply.header('set-cookie', reply.server.serializeCookie(name, value, { ...options, ...more }));
  return {
    read: (request) => readCookies(request)[name],
    set: (reply, value, maxAge) => write(reply, value, { maxAge }),
    clear: (reply) => write(reply, '', { maxAge: 0, expires: new Date(0) }),
  };
}

/** Over https, names start with `__Host-`, which binds the cookies to this host and to TLS. */
export const createHostCookie = ({ secureCookies: secure }: Config, plainName: string): HostCookie =>
  createCookie(secure ? `__Host-${plainName}` : plainName, { secure, httpOnly: true });

/** For scripts to read; its name is the same everywhere. */
export const createReadableCookie = ({ secureCookies: secure }: Config, name: string): HostCookie =>
  createCookie(name, { secure, httpOnly: false });
