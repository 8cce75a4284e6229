import cookie from '@fastify/cookie';
import { ACCESS_TOKEN_SECONDS, type Config, type Credentials } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { createHostCookie } from './host-cookie.ts';

const REFRESH_TOKEN_SECONDS = 30 * 86_400;

/** How this installation's session cookies are called and set. */
export type SessionCookies = {
  read: (request: FastifyRequest) => Credentials;
  set: (reply: FastifyReply, tokens: { accessToken: string; refreshToken: string }) => void;
  clear: (reply: FastifyReply) => void;
};

const BEARER = /^Bearer +(\S+) *$/i;

/** Makes the two cookies of a session for this installation. */
export function createSessionCookies(config: Config): SessionCookies {
  const { name, options } = createHostCookie(config);
  const names = { access: name('access_token'), refresh: name('refresh_token') };
  return {
    read: (request) => {
      const { authorization } = request.headers;
      // A header that is there decides, even when it is malformed: no silent fall back to the cookie.
      const bearer =
        authorization === undefined ? undefined : (BEARER.exec(authorization)?.[1] ?? 'malformed');
      return {
        accessToken: bearer ?? request.cookies[names.access],
        refreshToken: request.cookies[names.refresh],
      };
    },
    set: (reply, tokens) => {
      reply.setCookie(names.access, tokens.accessToken, { ...options, maxAge: ACCESS_TOKEN_SECONDS });
      reply.setCookie(names.refresh, tokens.refreshToken, { ...options, maxAge: REFRESH_TOKEN_SECONDS });
    },
    clear: (reply) => {
      reply.clearCookie(names.access, options);
      reply.clearCookie(names.refresh, options);
    },
  };
}

export const cookiesPlugin = fp(async (server) => {
  await server.register(cookie);
});
