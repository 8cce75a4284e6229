import { type App, canonicalizeAddress } from '@linkgrove/api';
import fp from 'fastify-plugin';

/** Counts unknown paths too, but not requests that fail the origin check. Procedures have their own budgets. */
export const limitsPlugin = fp<{ app: App }>(async (server, { app }) => {
  server.addHook('onRequest', async (request) => {
    await app.limiter.consume('global', canonicalizeAddress(request.ip));
  });
});
