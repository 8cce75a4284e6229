import type { ZodOpenApiHeadersObject, ZodOpenApiParameterObject } from 'zod-openapi';
import type { Endpoint } from '../root.ts';

export const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The `accessToken` of `auth.register`, `auth.login` or `auth.refresh`',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-access_token',
    description: 'Set at sign-in by a server whose `PUBLIC_URL` is https',
  },
  developmentCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'access_token',
    description: 'The same cookie of a server without https',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description:
      'An API key, `lg_live_…`, with the `x-scope` of the operation; `Authorization: Bearer` takes it too',
  },
} as const;

const describeText = (description: string, example: string) => ({
  description,
  schema: { type: 'string' as const, example },
});

const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax';

export const HEADERS = {
  RequestId: describeText(
    'Identifies the request in the log of the server; yours, if you send one',
    'b6hv3yw7p2-42',
  ),
  RateLimit: describeText(
    'The budget that is nearest to its end: `r` calls left, renewed in `t` seconds',
    '"login";r=9;t=900',
  ),
  RateLimitPolicy: describeText('That budget: `q` calls in `w` seconds', '"login";q=10;w=900'),
  RetryAfter: {
    description: 'Seconds to wait before the next attempt',
    schema: { type: 'integer', minimum: 1, example: 30 },
  },
  WwwAuthenticate: describeText(
    'The scheme of access tokens; with `error="invalid_token"` if one was sent',
    'Bearer',
  ),
  ETag: describeText('The version of the answer; send it as `If-Match` with a change', '"3"'),
  Location: describeText('The address of the page under its current handle', '/api/public/pages/ada'),
  SessionCookies: describeText(
    '`__Host-access_token` (15 minutes), `__Host-refresh_token` (30 days) and `linkgrove_session` (30 days, readable by ' +
      'scripts, without a secret), each in a header of its own. Without https the names have no `__Host-`. ' +
      'Not set if the request has `Linkgrove-Session: token`.',
    `__Host-access_token=eyJhbGciOiJFZERTQSJ9.e30.c2ln; Max-Age=900; ${ATTRIBUTES}`,
  ),
  RefreshToken: describeText(
    'The refresh token, if the request has `Linkgrove-Session: token`',
    'o0gUeVb3r6Qy1mPz8sXk2tNw5hJc7dLfA9iEvTxR4uM',
  ),
  DeletedCookies: describeText(
    'Deletes the cookies of the session',
    `__Host-access_token=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ${ATTRIBUTES}`,
  ),
  AttributionCookie: describeText(
    '`__Host-referral`, which remembers who is credited if the visitor signs up',
    `__Host-referral=eyJjIjoiS3g3UW0yUGQifQ.c2ln; Max-Age=2592000; ${ATTRIBUTES}`,
  ),
} satisfies ZodOpenApiHeadersObject;

const refer = (name: keyof typeof HEADERS) => ({ $ref: `#/components/headers/${name}` });

export const REQUEST_ID = { 'X-Request-Id': refer('RequestId') };
export const RETRY_AFTER = { 'Retry-After': refer('RetryAfter') };
export const WWW_AUTHENTICATE = { 'WWW-Authenticate': refer('WwwAuthenticate') };
export const RATE_LIMIT = { RateLimit: refer('RateLimit'), 'RateLimit-Policy': refer('RateLimitPolicy') };
export const ETAG = { ETag: refer('ETag') };
const REFRESH_TOKEN = { 'Linkgrove-Refresh-Token': refer('RefreshToken') };
export const LOCATION = { Location: refer('Location') };

const COOKIES: Record<string, keyof typeof HEADERS> = {
  'auth.register': 'SessionCookies',
  'auth.login': 'SessionCookies',
  'auth.loginMfa': 'SessionCookies',
  'passkeys.authenticate': 'SessionCookies',
  'auth.refresh': 'SessionCookies',
  'auth.logout': 'DeletedCookies',
  'account.delete': 'DeletedCookies',
  'referralCodes.visit': 'AttributionCookie',
};

export function listAnswerHeaders({ name, rest }: Endpoint): ZodOpenApiHeadersObject {
  const cookie = COOKIES[name];
  return {
    ...REQUEST_ID,
    ...(cookie && { 'Set-Cookie': refer(cookie) }),
    ...(cookie === 'SessionCookies' && REFRESH_TOKEN),
    ...(((rest.versioned && rest.success !== 204) || rest.conditional || name === 'publicPages.get') && ETAG),
    ...(rest.errors?.includes('RATE_LIMITED') && RATE_LIMIT),
  };
}

const describeHeader = (name: string, description: string, example: string): ZodOpenApiParameterObject => ({
  name,
  in: 'header',
  ...describeText(description, example),
});
const describeCookie = (name: string, description: string): ZodOpenApiParameterObject => ({
  name,
  in: 'cookie',
  description,
  schema: { type: 'string' },
});

const HEADER_PARAMETERS = {
  IfMatch: describeHeader(
    'If-Match',
    'The `ETag` of the version you change; refused with 412 if outdated',
    '"3"',
  ),
  IfNoneMatch: describeHeader(
    'If-None-Match',
    'The `ETag` of the answer you have; 304 if still current',
    '"x1"',
  ),
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes retries safe: for 24 hours, a repeat with the same key and body changes nothing and gets the first answer',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  },
  TokenSession: {
    name: 'Linkgrove-Session',
    in: 'header',
    description:
      '`token` for a client that keeps its session itself: the answer has the refresh token and sets no cookies',
    schema: { type: 'string', enum: ['token'] },
  },
  RefreshToken: {
    name: 'Linkgrove-Refresh-Token',
    in: 'header',
    description: 'The refresh token of such a client',
    schema: { type: 'string' },
  },
  RefreshCookie: describeCookie('__Host-refresh_token', 'Set at sign-in over https'),
  DevelopmentRefreshCookie: describeCookie('refresh_token', 'Set at sign-in without https'),
} satisfies Record<string, ZodOpenApiParameterObject>;

const PARAMETERS: Record<string, (keyof typeof HEADER_PARAMETERS)[]> = {
  'auth.register': ['TokenSession'],
  'auth.login': ['TokenSession'],
  'auth.loginMfa': ['TokenSession'],
  'passkeys.authenticate': ['TokenSession'],
  'auth.refresh': ['TokenSession', 'RefreshToken', 'RefreshCookie', 'DevelopmentRefreshCookie'],
  'publicPages.get': ['IfNoneMatch'],
};

export function listHeaderParameters({ name, rest, idempotent }: Endpoint): ZodOpenApiParameterObject[] {
  const isConditional = rest.versioned && (rest.method === 'PATCH' || rest.method === 'DELETE');
  return [
    ...(PARAMETERS[name] ?? []).map((key) => HEADER_PARAMETERS[key]),
    ...(isConditional ? [HEADER_PARAMETERS.IfMatch] : []),
    ...(rest.conditional ? [HEADER_PARAMETERS.IfNoneMatch] : []),
    ...(idempotent ? [HEADER_PARAMETERS.IdempotencyKey] : []),
  ];
}
