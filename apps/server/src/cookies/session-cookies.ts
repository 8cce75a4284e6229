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
  const access = createHostCookie(config, 'access_token');
  const refresh = createHostCookie(config, 'refresh_token');
  return {
    read: (request) => {
      const { authorization } = request.headers;
      // A header takes precedence even if it is malformed; falling back to the cookie would hide the error.
      const bearer =
        authorization === undefined ? undefined : (BEARER.exec(authorization)?.[1] ?? 'malformed');
      return {
        accessToken: bearer ?? access.read(request),
        refreshToken: refresh.read(request),
      };
    },
    set: (reply, tokens) => {
      access.set(reply, tokens.accessToken, ACCESS_TOKEN_SECONDS);
      refresh.set(reply, tokens.refreshToken, REFRESH_TOKEN_SECONDS);
    },
    clear: (reply) => {
      access.clear(reply);
      refresh.clear(reply);
    },
  };
}
