import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { answerClientError } from '../client-error.ts';

/** A body that arrives more slowly gets 408. */
export const BODY_MS = 20_000;
/** For uploads over a slow mobile network. Node's own limit, for the whole server. */
export const UPLOAD_MS = 10 * 60 * 1_000;

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be merged
  interface FastifyContextConfig {
    isUpload?: boolean;
  }
}

function endSlowBody({ raw: { socket } }: FastifyRequest, reply: FastifyReply): void {
  if (reply.raw.headersSent) return void socket.destroy();
  answerClientError(Object.assign(new Error('Slow body'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
}

/** Node's `requestTimeout` is one for all routes, so that of most routes is here. */
export const bodyDeadlinePlugin = fp(async (server) => {
  server.addHook('preParsing', (request, reply, _payload, done) => {
    const { raw, headers } = request;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    if (hasBody && !raw.complete && !request.routeOptions.config.isUpload) {
      const timer = setTimeout(() => endSlowBody(request, reply), BODY_MS);
      raw.once('end', () => clearTimeout(timer));
      raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
});
