import type { App } from '@linkgrove/api';
import fp from 'fastify-plugin';
import { RequestLogger } from '../request-logger.ts';

/** Polled every second or so by balancers and supervisors. */
const PROBES = new Set(['/healthz', '/readyz']);

/** Logs the path without its query, which may contain a mailed token. */
export const requestLogPlugin = fp<{ app: App }>(async (server, { app }) => {
  server.setChildLoggerFactory((logger, bindings) => new RequestLogger(logger, bindings));
  // Its fields are fixed and hold no secret, so that nothing has to be redacted.
  const logger = app.logger.child({}, { redact: [] });
  server.addHook('onResponse', (request, reply, done) => {
    const { url } = request;
    const end = url.indexOf('?');
    const path = end === -1 ? url : url.slice(0, end);
    logger[PROBES.has(path) ? 'debug' : 'info'](
      {
        requestId: request.id,
        method: request.method,
        path,
        status: reply.raw.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ip: request.ip,
      },
      'request',
    );
    done();
  });
});
