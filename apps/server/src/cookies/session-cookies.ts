import { ACCESS_TOKEN_SECONDS, API_KEY_PREFIX, type Config, type Credentials } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHostCookie, createReadableCookie } from './host-cookie.ts';

/** Readable by scripts: it tells a page that there is a session to refresh, and holds no secret. */
const SESSION_MARKER = 'linkgrove_session';

/** Request header with the value `token`: the caller keeps its session itself, and its cookies count for nothing. */
const SESSION_HEADER = 'linkgrove-session';
/** Carries the refresh token of such a session, in requests and responses. */
export const REFRESH_TOKEN_HEADER = 'linkgrove-refresh-token';

export type SessionCookies = {
  read: (request: FastifyRequest) => Credentials;
  set: (reply: FastifyReply, tokens: { accessToken: string; refreshToken: string }) => void;
  clear: (reply: FastifyReply) => void;
};

const BEARER = /^Bearer +(\S+) *$/i;

type Headers = FastifyRequest['headers'];

/** A header takes precedence even if it is malformed; falling back to the cookie would hide the error. */
const readBearer = ({ authorization }: Headers): string | undefined =>
  authorization === undefined ? undefined : (BEARER.exec(authorization)?.[1] ?? 'malformed');

/** In `X-Api-Key`, or as a bearer token that looks like one. */
function findApiKey(headers: Headers, bearer: string | undefined): string | undefined {
  const own = [headers['x-api-key']].flat()[0];
  if (own !== undefined) return own.trim();
  return bearer?.startsWith(API_KEY_PREFIX) ? bearer : undefined;
}

export const readApiKey = ({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined =>
  findApiKey(headers, readBearer(headers));

const isTokenSession = ({ headers }: FastifyRequest): boolean => headers[SESSION_HEADER] === 'token';

export function createSessionCookies(config: Config): SessionCookies {
  const access = createHostCookie(config, 'access_token');
  const refresh = createHostCookie(config, 'refresh_token');
  const marker = createReadableCookie(config, SESSION_MARKER);
  const { idleSeconds } = config.sessionLimits;
  return {
    read: (request) => {
      const bearer = readBearer(request.headers);
      const isBearer = bearer !== undefined;
      // Were the cookie read here, a script could have its refresh token answered in a header.
      const refreshToken = isTokenSession(request)
        ? [request.headers[REFRESH_TOKEN_HEADER]].flat()[0]
        : refresh.read(request);
      const apiKey = findApiKey(request.headers, bearer);
      // A key takes precedence, so that nothing else is used in its place.
      if (apiKey !== undefined) return { apiKey, accessToken: undefined, refreshToken, isBearer };
      if (isTokenSession(request)) return { apiKey, accessToken: bearer, refreshToken, isBearer };
      return {
        apiKey,
        accessToken: bearer ?? access.read(request),
        refreshToken,
        isBearer,
      };
    },
    set: (reply, tokens) => {
      if (isTokenSession(reply.request)) return void reply.header(REFRESH_TOKEN_HEADER, tokens.refreshToken);
      access.set(reply, tokens.accessToken, ACCESS_TOKEN_SECONDS);
      refresh.set(reply, tokens.refreshToken, idleSeconds);
      marker.set(reply, '1', idleSeconds);
    },
    clear: (reply) => {
      if (isTokenSession(reply.request)) return;
      for (const cookie of [access, refresh, marker]) cookie.clear(reply);
    },
  };
}
