import { type App, AppError, canonicalizeAddress } from '@linkgrove/api';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { readApiKey } from '../cookies/session-cookies.ts';
import { requireSingleHost } from '../single-host.ts';

const MAX_NAMED_ORIGIN_LENGTH = 200;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Browsers attach cookies by themselves, but never a key. */
const isWithKeyOnly = (request: Pick<FastifyRequest, 'headers'>): boolean =>
  request.headers.cookie === undefined && readApiKey(request) !== undefined;

/** Throws `CSRF_REJECTED`. With neither `Origin` nor `Sec-Fetch-Site`, the request comes from no browser and passes. */
function requireTrustedOrigin(
  request: Pick<FastifyRequest, 'method' | 'headers' | 'domain'>,
  trusted: Set<string>,
): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isForeign =
    origin === undefined
      ? site === 'cross-site' || site === 'same-site'
      : !trusted.has(origin) && origin !== request.domain?.origin;
  if (!isForeign || isWithKeyOnly(request)) return;
  const named = origin ? `: ${origin.slice(0, MAX_NAMED_ORIGIN_LENGTH)}` : '';
  throw new AppError('CSRF_REJECTED', `Origin not allowed${named}; check APP_URL and CORS_ORIGINS`);
}

/**
 * Runs before any other hook: host and origin, then the budget of the address. It counts unknown paths too, but no
 * preflights and no requests that fail the checks before. Procedures have their own budgets.
 */
export const securityPlugin = fp<{ app: App }>(async (server, { app: { config, limiter } }) => {
  server.addHook('onRequest', (request, _reply, done) => {
    requireSingleHost(request);
    if (!request.routeOptions.config.isFormPost) requireTrustedOrigin(request, config.trustedOrigins);
    if (request.method === 'OPTIONS') return done();
    const counted = limiter.count('global', canonicalizeAddress(request.ip));
    if (counted === undefined) done();
    // oxlint-disable-next-line promise/no-callback-in-promise -- only with Redis; a promise for each request costs more
    else counted.then(() => done(), done);
  });

  // Answers of `createSender` skip this hook and have these headers already.
  server.addHook('onSend', (request, reply, _payload, done) => {
    for (const [name, value] of Object.entries(server.answers.commonHeaders(request)))
      if (!reply.hasHeader(name)) reply.header(name, value);
    reply.header('x-request-id', request.id);
    done();
  });
});
