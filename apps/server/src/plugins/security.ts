import { AppError, type Config } from '@linkgrove/api';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Headers of every answer; routes that serve pages loosen the policy for themselves. */
export const buildSecurityHeaders = (config: Config) => ({
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
  ...(config.secureCookies && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
});

/**
 * Refuses an unsafe request that a foreign page made a browser send, with or without a cookie. One with
 * neither `Origin` nor `Sec-Fetch-Site` comes from no browser and passes.
 */
function assertSameSite(request: Pick<FastifyRequest, 'method' | 'headers'>, trusted: Set<string>): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isForeign =
    origin === undefined ? site === 'cross-site' || site === 'same-site' : !trusted.has(origin);
  if (isForeign) throw new AppError('CSRF_REJECTED', 'This origin may not send such requests');
}

/** Sets the headers and the request id, and checks the origin before anything else runs. */
export const securityPlugin = fp<{ config: Config }>(async (server, { config }) => {
  const headers = buildSecurityHeaders(config);
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    reply.header('x-request-id', request.id);
    assertSameSite(request, config.trustedOrigins);
  });
});
