import type { App } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { RequestLogger } from '../request-logger.ts';

/** Polled every second or so by balancers and supervisors. */
const PROBES = new Set(['/healthz', '/readyz']);

/** Logs the path without its query, which may contain a mailed token. */
export const requestLogPlugin = fp<{ app: App }>(async (server, { app }) => {
  server.setChildLoggerFactory((_logger, bindings) => new RequestLogger(app.logger, bindings));
  // Its fields are fixed and hold no secret, so that nothing has to be redacted.
  const logger = app.logger.child({}, { redact: [] });
  const write: RequestLog['write'] = (request, status) => {
    const { url } = request;
    const end = url.indexOf('?');
    const path = end === -1 ? url : url.slice(0, end);
    logger[PROBES.has(path) ? 'debug' : 'info'](
      {
        requestId: request.id,
        method: request.method,
        path,
        status,
        ms: Math.round((performance.now() - request.startedAt) * 10) / 10,
        ip: request.ip,
      },
      'request',
    );
  };
  const writeOnClose: RequestLog['writeOnClose'] = (request, { raw }) => {
    if (!request.isLogged) raw.once('close', () => write(request, raw.statusCode));
    request.isLogged = true;
  };
  server.decorate('requestLog', { write, writeOnClose });
  server.decorateRequest('startedAt', 0);
  server.decorateRequest('isLogged', false);
  server.addHook('onRequest', (request, _reply, done) => {
    request.startedAt = performance.now();
    done();
  });
  // Answers of `createSender` skip this hook and are logged when they are sent.
  server.addHook('onSend', (request, reply, _payload, done) => {
    writeOnClose(request, reply);
    done();
  });
});

type RequestLog = {
  write: (request: FastifyRequest, status: number) => void;
  /** When the answer has been sent or the client has left. */
  writeOnClose: (request: FastifyRequest, reply: FastifyReply) => void;
};

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only interfaces merge
  interface FastifyInstance {
    requestLog: RequestLog;
  }
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only interfaces merge
  interface FastifyRequest {
    /** In milliseconds of `performance.now()`. */
    startedAt: number;
    /** Even if its answer failed and another one was sent, a request has one line. */
    isLogged: boolean;
  }
}
