import {
  AppError,
  appRouter,
  createValidationError,
  endpoints,
  isMediaTypeNamed,
  toAppError,
} from '@linkgrove/api';
import { z } from 'zod';
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ContextFactory } from '../request-context.ts';
import { logFailure, buildErrorHeaders, sendTrpcError } from './errors.ts';
import { type BodyGuard, parseJsonBody, readJsonText, useBodyReader } from './json.ts';

const MAX_BATCH = 10;
const STREAM_TYPES = ['application/jsonl', 'text/event-stream'];

/** Throws `NOT_ACCEPTABLE`: a stream sends status and headers first, so calls could neither set cookies nor fail. */
function requirePlainAnswer({ headers }: FastifyRequest): void {
  const wanted = [headers['trpc-accept'] ?? [], headers.accept ?? []].flat();
  if (wanted.some((header) => isMediaTypeNamed(header, STREAM_TYPES)))
    throw new AppError('NOT_ACCEPTABLE', 'Streaming is not supported; accept application/json');
}

function requireNoIdempotencyKey({ headers }: FastifyRequest): void {
  if (headers['idempotency-key'] === undefined) return;
  const message = 'Send one call per request, not a batch';
  throw createValidationError({ path: 'Idempotency-Key', message, code: 'batched' });
}

const PUBLIC_NAMES = new Set(endpoints.filter(({ access }) => access === 'public').map(({ name }) => name));
const isPublicCall = ({ params }: FastifyRequest): boolean => {
  const { path: names = '' } = z.object({ path: z.string().optional() }).parse(params);
  return names.split(',').every((name) => PUBLIC_NAMES.has(name));
};

export const trpcPlugin: FastifyPluginAsync<{ createContext: ContextFactory; guard: BodyGuard }> = async (
  server,
  { createContext, guard },
) => {
  // tRPC parses the text again; parsing it here first gives the same errors as REST.
  useBodyReader(server, {
    guard,
    isPublic: isPublicCall,
    read: (body) => {
      const text = readJsonText(body);
      if (text === null) return undefined;
      parseJsonBody(text);
      return text;
    },
  });
  server.setErrorHandler((error, request, reply) => sendTrpcError(error, request, reply));
  server.addHook('onRequest', async (request) => requirePlainAnswer(request));

  server.route<{ Params: { path: string } }>({
    method: ['GET', 'POST'],
    url: '/:path',
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const { path } = request.params;
      if (path.split(',').length > MAX_BATCH) {
        throw new AppError('VALIDATION_FAILED', `A batch can have at most ${MAX_BATCH} calls`);
      }
      if (path.includes(',')) requireNoIdempotencyKey(request);
      // As in REST, a body without a content type is JSON; tRPC alone would reject it.
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
          headers: first ? buildErrorHeaders(request, toAppError(first)) : {},
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
