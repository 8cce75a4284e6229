import fp from 'fastify-plugin';

/**
 * Answers to requests that are in flight when the server closes take their connection with them; kept alive,
 * it would hold the close until its own timeout. A request that has not come to its end after `patienceMs` is
 * cut off.
 */
export const gracefulClosePlugin = fp<{ patienceMs: number }>(async (server, { patienceMs }) => {
  let closing = false;
  server.addHook('preClose', async () => {
    closing = true;
    setTimeout(() => server.server.closeAllConnections(), patienceMs).unref();
  });
  server.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
});
