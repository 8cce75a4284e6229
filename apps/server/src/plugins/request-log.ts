import fp from 'fastify-plugin';

/** Logs the path without its query, which may contain a mailed token. */
export const requestLogPlugin = fp(async (server) => {
  server.addHook('onResponse', async (request, reply) => {
    const [path] = request.url.split('?', 1);
    request.log.info(
      {
        method: request.method,
        path,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ip: request.ip,
      },
      'request',
    );
  });
});
