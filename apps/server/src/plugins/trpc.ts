import { AppError, appRouter, toAppError } from '@linkgrove/api';
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify';
import type { FastifyPluginAsync } from 'fastify';
import type { ContextFactory } from '../request-context.ts';
import { logFailure, buildRefusalHeaders, sendTrpcError } from './errors.ts';
import { parseJsonBody, readJsonText, useBodyReader } from './json.ts';

const MAX_BATCH = 10;

/** Serves every procedure under `/trpc`, in tRPC's own wire format, at most ten to a batch. */
export const trpcPlugin: FastifyPluginAsync<{ createContext: ContextFactory }> = async (
  server,
  { createContext },
) => {
  // tRPC parses bodies itself, from text; what cannot be parsed is refused here, in the words of REST.
  useBodyReader(server, (body) => {
    const text = readJsonText(body);
    if (text === null) return undefined;
    parseJsonBody(text);
    return text;
  });
  server.setErrorHandler((error, request, reply) => sendTrpcError(error, request, reply));

  server.route<{ Params: { path: string } }>({
    method: ['GET', 'POST'],
    url: '/:path',
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const { path } = request.params;
      if (path.split(',').length > MAX_BATCH) {
        throw new AppError('VALIDATION_FAILED', `A batch may hold at most ${MAX_BATCH} calls`);
      }
      // A body without a type is JSON here as on REST; tRPC would refuse it.
      request.raw.headers['content-type'] ??= 'application/json';
      await fastifyRequestHandler({
        router: appRouter,
        req: request,
        res: reply,
        path,
        maxBatchSize: MAX_BATCH,
        createContext: () => createContext(request, reply),
        onError: ({ error }) => logFailure(request, toAppError(error)),
        responseMeta: ({ errors: [first] }) => ({
          headers: first ? buildRefusalHeaders(request, toAppError(first)) : {},
        }),
      });
    },
  });
  server.route({
    method: ['HEAD', 'PUT', 'PATCH', 'DELETE'],
    url: '/:path',
    handler: (_request, reply) => {
      reply.header('allow', 'GET, POST');
      throw new AppError('METHOD_NOT_ALLOWED', 'Use GET or POST');
    },
  });
};
