import { type App, canonicalizeAddress } from '@linkgrove/api';
import fp from 'fastify-plugin';

/**
 * Limits all requests of an address, unknown paths included. Requests that fail the origin check cost nothing and do
 * not count. Procedures have their own budgets, reported in the `RateLimit` fields; this one shows only when it is
 * exceeded.
 */
export const limitsPlugin = fp<{ app: App }>(async (server, { app }) => {
  server.addHook('onRequest', async (request) => {
    await app.limiter.consume('global', canonicalizeAddress(request.ip));
  });
});
