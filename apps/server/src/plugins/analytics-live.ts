import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { AppError, appRouter } from '@linkgrove/api';
import { callTRPCProcedure } from '@trpc/server';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ContextFactory } from '../request-context.ts';

const PATH = '/api/pages/:id/analytics/live';
const MAX_STREAMS = 200;

/** Open streams of this process. A stop ends them, as it would wait for them otherwise. */
export type LiveStreams = { add: (raw: ServerResponse) => void; endAll: () => void };

export function createLiveStreams(): LiveStreams {
  const streams = new Set<ServerResponse>();
  return {
    add: (raw) => {
      if (streams.size >= MAX_STREAMS) throw new AppError('UNAVAILABLE', 'Too many live feeds are open');
      streams.add(raw);
      raw.once('close', () => streams.delete(raw));
    },
    endAll: () => {
      for (const raw of streams) raw.destroy();
    },
  };
}

type Options = { createContext: ContextFactory; streams: LiveStreams };
type Route = { Params: { id: string }; Querystring: Record<string, string> };

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

const readCursor = (update: unknown): string =>
  typeof update === 'object' && update !== null && 'cursor' in update ? String(update.cursor) : '';
const formatEvent = (update: unknown): string =>
  `event: update\nid: ${readCursor(update)}\ndata: ${JSON.stringify(update)}\n\n`;

/** The subscription as server-sent events (WHATWG HTML) for clients without tRPC. */
export const analyticsLivePlugin: FastifyPluginAsync<Options> = async (
  server,
  { createContext, streams },
) => {
  server.addHook('preClose', async () => streams.endAll());
  const open = async (
    request: FastifyRequest<Route>,
    signal: AbortSignal,
    ctx: ReturnType<ContextFactory>,
  ) => {
    const updates: unknown = await callTRPCProcedure({
      router: appRouter,
      path: 'analytics.live',
      getRawInput: async () => ({
        ...request.query,
        ...request.params,
        // Sent by a browser that connects again.
        ...(request.headers['last-event-id'] && { cursor: request.headers['last-event-id'] }),
      }),
      ctx,
      type: 'subscription',
      signal,
      batchIndex: 0,
    });
    if (!isIterable(updates)) throw new TypeError('A subscription returns its updates');
    return updates[Symbol.asyncIterator]();
  };

  server.route({
    method: ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: PATH,
    handler: (_request, reply) => {
      reply.header('allow', 'GET');
      throw new AppError('METHOD_NOT_ALLOWED', 'Use GET');
    },
  });

  server.get<Route>(PATH, { exposeHeadRoute: false }, async (request, reply) => {
    const controller = new AbortController();
    const updates = await open(request, controller.signal, createContext(request, reply));
    // Before the head is sent, so that a refusal is a problem document.
    let next = await updates.next();
    streams.add(reply.raw);
    reply.raw.once('close', () => controller.abort());
    server.requestLog.writeOnClose(request, reply);
    reply.headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    reply.hijack();
    for (; !next.done && !controller.signal.aborted; next = await updates.next()) {
      const isTaken = reply.raw.write(formatEvent(next.value));
      if (!isTaken) await Promise.race([once(reply.raw, 'drain'), once(reply.raw, 'close')]);
    }
    reply.raw.end();
  });
};
