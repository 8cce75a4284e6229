import fp from 'fastify-plugin';

/** How long clients may take over what they have begun; less than the program gives itself to stop. */
const PATIENCE_MS = 4_000;

/**
 * Answers to requests that are in flight when the server closes take their connection with them; kept alive,
 * it would hold the close until its own timeout. A request that never comes to its end is cut off.
 */
export const gracefulClose = fp(async (server) => {
  let closing = false;
  server.addHook('preClose', async () => {
    closing = true;
    setTimeout(() => server.server.closeAllConnections(), PATIENCE_MS).unref();
  });
  server.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
});
