import rateLimit from '@fastify/rate-limit';
import { canonicalAddress, type Config, tooMany } from '@linkgrove/api';
import fp from 'fastify-plugin';

/**
 * The limit on all requests of one address, unknown paths included; those that the origin check refuses cost
 * nothing and are not counted. Budgets of procedures are their own.
 */
export const limits = fp<{ config: Config }>(async (server, { config }) => {
  const { points, seconds } = config.limits.global;
  await server.register(rateLimit, {
    global: true,
    max: points,
    timeWindow: seconds * 1_000,
    cache: 50_000,
    keyGenerator: (request) => canonicalAddress(request.ip),
    errorResponseBuilder: (_request, context) => tooMany(Math.max(1, Math.ceil(context.ttl / 1_000))),
    // The budgets of procedures speak in the `RateLimit` fields; this one only when it is exceeded.
    addHeaders: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
      'retry-after': true,
    },
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
  });
});
