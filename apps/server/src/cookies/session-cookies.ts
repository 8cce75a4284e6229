import { ACCESS_TOKEN_SECONDS, type Config, type Credentials } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHostCookie } from './host-cookie.ts';

const REFRESH_TOKEN_SECONDS = 30 * 86_400;

export type SessionCookies = {
  read: (request: FastifyRequest) => Credentials;
  /** The same where no plugin has parsed the cookies. */
  readHeaders: (headers: { authorization?: string | undefined; cookie?: string | undefined }) => Credentials;
  set: (reply: FastifyReply, tokens: { accessToken: string; refreshToken: string }) => void;
  clear: (reply: FastifyReply) => void;
};

const BEARER = /^Bearer +(\S+) *$/i;
/** Tokens need no decoding. */
const createPattern = (name: string) => new RegExp(`(?:^|; *)${name}=([^;]*)`);

export function createSessionCookies(config: Config): SessionCookies {
  const { toName, options } = createHostCookie(config);
  const names = { access: toName('access_token'), refresh: toName('refresh_token') };
  const readBearer = (authorization: string | undefined) =>
    // A header takes precedence even if it is malformed; falling back to the cookie would hide the error.
    authorization === undefined ? undefined : (BEARER.exec(authorization)?.[1] ?? 'malformed');
  const patterns = { access: createPattern(names.access), refresh: createPattern(names.refresh) };
  return {
    read: ({ headers, cookies }) => ({
      accessToken: readBearer(headers.authorization) ?? cookies[names.access],
      refreshToken: cookies[names.refresh],
    }),
    readHeaders: ({ authorization, cookie = '' }) => ({
      accessToken: readBearer(authorization) ?? patterns.access.exec(cookie)?.[1],
      refreshToken: patterns.refresh.exec(cookie)?.[1],
    }),
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
