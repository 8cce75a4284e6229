import { ACCESS_TOKEN_SECONDS, type Config, type Credentials } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHostCookie } from './host-cookie.ts';

const REFRESH_TOKEN_SECONDS = 30 * 86_400;

export type SessionCookies = {
  read: (request: FastifyRequest) => Credentials;
  set: (reply: FastifyReply, tokens: { accessToken: string; refreshToken: string }) => void;
  clear: (reply: FastifyReply) => void;
};

const BEARER = /^Bearer +(\S+) *$/i;

export function createSessionCookies(config: Config): SessionCookies {
  const { toName, options } = createHostCookie(config);
  const names = { access: toName('access_token'), refresh: toName('refresh_token') };
  return {
    read: (request) => {
      const { authorization } = request.headers;
      // A header takes precedence even if it is malformed; falling back to the cookie would hide the error.
      const bearer =
        authorization === undefined ? undefined : (BEARER.exec(authorization)?.[1] ?? 'malformed');
      return {
        accessToken: bearer ?? request.cookies[names.access],
        refreshToken: request.cookies[names.refresh],
        isBearer: bearer !== undefined,
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
