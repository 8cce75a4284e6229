import { AppError, type Config } from '@linkgrove/api';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { readApiKey } from '../cookies/session-cookies.ts';
import { requireSingleHost } from '../single-host.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Browsers attach cookies by themselves, but never a key. */
const isWithKeyOnly = (request: Pick<FastifyRequest, 'headers'>): boolean =>
  request.headers.cookie === undefined && readApiKey(request) !== undefined;

/** Throws `CSRF_REJECTED`. With neither `Origin` nor `Sec-Fetch-Site`, the request comes from no browser and passes. */
function requireTrustedOrigin(
  request: Pick<FastifyRequest, 'method' | 'headers'>,
  trusted: Set<string>,
): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isForeign =
    origin === undefined ? site === 'cross-site' || site === 'same-site' : !trusted.has(origin);
  if (isForeign && !isWithKeyOnly(request))
    throw new AppError('CSRF_REJECTED', 'Origin not allowed; check CORS_ORIGINS');
}

/** Runs before any other hook. */
export const securityPlugin = fp<{ config: Config }>(async (server, { config }) => {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(server.site.securityHeaders);
    reply.header('x-request-id', request.id);
    requireSingleHost(request);
    requireTrustedOrigin(request, config.trustedOrigins);
  });
});
