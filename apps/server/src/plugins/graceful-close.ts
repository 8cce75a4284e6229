import fp from 'fastify-plugin';

/** Kept-alive connections would delay the close until they time out. Requests longer than `maxWaitMs` are cut off. */
export const gracefulClosePlugin = fp<{ maxWaitMs: number }>(async (server, { maxWaitMs }) => {
  let closing = false;
  server.addHook('preClose', async () => {
    closing = true;
    setTimeout(() => server.server.closeAllConnections(), maxWaitMs).unref();
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
});
