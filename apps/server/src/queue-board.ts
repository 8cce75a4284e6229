import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { App } from '@linkgrove/api';
import { openQueues, QUEUE_NAMES } from '@linkgrove/queues';
import { type FastifyInstance, type FastifyRequest, fastify, type HTTPMethods } from 'fastify';

type Answer = { statusCode: number; headers: OutgoingHttpHeaders; body: Buffer };

export type QueueBoard = {
  /** Undefined for an unknown path. Throws what the board throws. */
  answer: (request: FastifyRequest) => Promise<Answer | undefined>;
  close: () => Promise<void>;
};

const HOP_HEADERS = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding']);
const UNKNOWN_PATH = Symbol('unknown path');

const INJECTABLE = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'] as const;
const toInjectable = (method: HTTPMethods) => INJECTABLE.find((one) => one === method) ?? 'GET';

/** Serves the board from a server of its own, since no route can be added to one that is listening. */
function createBoardServer(prefix: string, failures: WeakMap<IncomingMessage, unknown>) {
  const server: FastifyInstance = fastify();
  server.setNotFoundHandler((request, reply) => {
    failures.set(request.raw, UNKNOWN_PATH);
    reply.send();
  });
  server.setErrorHandler((error, request, reply) => {
    failures.set(request.raw, error);
    reply.send();
  });
  const adapter = new FastifyAdapter().setBasePath(prefix);
  const uiConfig = { boardTitle: 'Linkgrove queues' };
  const board = createBullBoard({ queues: [], serverAdapter: adapter, options: { uiConfig } });
  server.register(
    async (scope) => {
      // Keeps our error handler: the one of the board reveals causes.
      const guarded: FastifyInstance = Object.create(scope, { setErrorHandler: { value: () => {} } });
      adapter.registerPlugin()(guarded, { basePath: prefix }, () => {});
    },
    { prefix },
  );
  return { server, board };
}

/** Throws if the queues are unreachable. */
export async function openQueueBoard(
  { config, logger, databaseUrl }: App,
  prefix: string,
): Promise<QueueBoard> {
  const queues = await openQueues({ databaseUrl, redisUrl: config.redisUrl, logger, connections: 2 });
  const failures = new WeakMap<IncomingMessage, unknown>();
  const { server, board } = createBoardServer(prefix, failures);
  for (const name of QUEUE_NAMES) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the board's types know only queues on Redis
    board.addQueue(new BullMQAdapter(queues.queue(name) as ConstructorParameters<typeof BullMQAdapter>[0]));
  }
  return {
    answer: async ({ method, url, body }) => {
      const headers = { 'content-type': 'application/json' };
      const payload = body === undefined || body === null ? {} : { payload: JSON.stringify(body), headers };
      const {
        raw,
        statusCode,
        rawPayload,
        headers: all,
      } = await server.inject({
        method: toInjectable(method),
        url,
        ...payload,
      });
      const failure = failures.get(raw.req);
      if (failure === UNKNOWN_PATH) return undefined;
      if (failure !== undefined) throw failure;
      const kept = Object.entries(all).filter(([name]) => !HOP_HEADERS.has(name));
      return { statusCode, headers: Object.fromEntries(kept), body: rawPayload };
    },
    close: async () => {
      await server.close();
      await queues.close();
    },
  };
}
