import { type App, canonicalizeAddress } from '@linkgrove/api';
import fp from 'fastify-plugin';

/**
 * The limit on all requests of one address, unknown paths included; those that the origin check refuses cost
 * nothing and are not counted. Budgets of procedures are their own. They speak in the `RateLimit` fields; this one
 * only when it is exceeded.
 */
export const limitsPlugin = fp<{ app: App }>(async (server, { app }) => {
  server.addHook('onRequest', async (request) => {
    await app.limiter.consume('global', canonicalizeAddress(request.ip));
  });
});
