import { AppError, type Config } from '@linkgrove/api';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { requireSingleHost } from '../single-host.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Throws `CSRF_REJECTED` for an unsafe request that a foreign page made a browser send, with or without cookies. A
 * request with neither `Origin` nor `Sec-Fetch-Site` does not come from a browser and passes.
 */
function requireTrustedOrigin(
  request: Pick<FastifyRequest, 'method' | 'headers'>,
  trusted: Set<string>,
): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isForeign =
    origin === undefined ? site === 'cross-site' || site === 'same-site' : !trusted.has(origin);
  if (isForeign) throw new AppError('CSRF_REJECTED', 'Origin not allowed; check CORS_ORIGINS');
}

/** Sets security headers and the request id, and checks host and origin, before any other hook. */
export const securityPlugin = fp<{ config: Config }>(async (server, { config }) => {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(server.site.securityHeaders);
    reply.header('x-request-id', request.id);
    requireSingleHost(request);
    requireTrustedOrigin(request, config.trustedOrigins);
  });
});
