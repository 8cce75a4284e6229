import fp from 'fastify-plugin';

/**
 * Answers to requests that are in flight when the server closes take their connection with them; kept alive,
 * it would hold the close until its own timeout.
 */
export const gracefulClose = fp(async (server) => {
  let closing = false;
  server.addHook('preClose', async () => {
    closing = true;
  });
  server.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
});
