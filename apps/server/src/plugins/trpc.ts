import multipart from '@fastify/multipart';
import {
  AppError,
  appRouter,
  createValidationError,
  type Ctx,
  type Endpoint,
  endpoints,
  isMediaTypeNamed,
  toAppError,
} from '@linkgrove/api';
import { getTRPCErrorFromUnknown, getTRPCErrorShape, TRPCError } from '@trpc/server';
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { ContextFactory } from '../request-context.ts';
import { answerWithForm } from '../uploads/call.ts';
import type { FormReceiver } from '../uploads/receive.ts';
import type { LiveStreams } from './analytics-live.ts';
import { logFailure, buildErrorHeaders, sendTrpcError } from './errors.ts';
import { type BodyGuard, parseJsonBody, readJsonText, useBodyReader } from './json.ts';

const MAX_BATCH = 10;
const STREAM_TYPES = ['application/jsonl', 'text/event-stream'];

type Route = { Params: { path: string } };
type Request = FastifyRequest<Route>;

/** The one subscription; it comes alone, as server-sent events. */
const LIVE = 'analytics.live';
const isLive = ({ method, params }: FastifyRequest): boolean =>
  method === 'GET' &&
  typeof params === 'object' &&
  params !== null &&
  'path' in params &&
  params.path === LIVE;

/** Throws `NOT_ACCEPTABLE`: a stream sends status and headers first, so calls could neither set cookies nor fail. */
function requirePlainAnswer(request: FastifyRequest): void {
  const { headers } = request;
  for (const header of [headers['trpc-accept'], headers.accept].flat())
    if (header !== undefined && isMediaTypeNamed(header, STREAM_TYPES) && !isLive(request))
      throw new AppError('NOT_ACCEPTABLE', 'Streaming is not supported; accept application/json');
}

function requireNoIdempotencyKey({ headers }: FastifyRequest): void {
  if (headers['idempotency-key'] === undefined) return;
  const message = 'Send one call per request, not a batch';
  throw createValidationError({ path: 'Idempotency-Key', message, code: 'batched' });
}

const ENDPOINTS = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
const isPublicCall = ({ params }: FastifyRequest): boolean =>
  typeof params === 'object' &&
  params !== null &&
  'path' in params &&
  String(params.path)
    .split(',')
    .every((name) => ENDPOINTS.get(name)?.access === 'public');

const METHODS: Record<string, string> = { query: 'GET', mutation: 'POST' };
const { _config: config } = appRouter._def;
const TRPC_HEADERS = { 'content-type': 'application/json', vary: 'Origin, trpc-accept, accept' };

/** The JSON of the input; undefined if the query has other parameters, which only tRPC's adapter knows. */
function readInputText({ method, url, body }: Request): string | undefined {
  const start = url.indexOf('?');
  if (method === 'POST') return start === -1 ? (typeof body === 'string' ? body : '') : undefined;
  if (start === -1) return '';
  const parameters = new URLSearchParams(url.slice(start));
  return parameters.size === 1 && !url.includes('#') ? (parameters.get('input') ?? undefined) : undefined;
}

const parseInput = async (text: string): Promise<unknown> => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', cause });
  }
};

const isJsonRequest = ({ headers }: FastifyRequest): boolean =>
  headers['trpc-accept'] === undefined &&
  (headers['content-type'] === undefined || headers['content-type'] === 'application/json');

type PlainCall = { endpoint: Endpoint; input: string };

/** One unbatched call of a known procedure in JSON; everything else is left to tRPC's adapter. */
function findPlainCall(request: Request): PlainCall | undefined {
  const endpoint = ENDPOINTS.get(request.params.path);
  if (!endpoint || METHODS[endpoint.procedure._def.type] !== request.method) return undefined;
  const input = isJsonRequest(request) ? readInputText(request) : undefined;
  return input === undefined ? undefined : { endpoint, input };
}

type Answerer = (
  request: FastifyRequest,
  reply: FastifyReply,
  endpoint: Endpoint,
  call: (ctx: Ctx) => Promise<unknown>,
) => Promise<void>;

/** Calls the procedure itself and answers in tRPC's format. */
function createAnswerer(server: FastifyInstance, createContext: ContextFactory): Answerer {
  const send = server.answers.createSender(TRPC_HEADERS);
  return async (request, reply, endpoint, call) => {
    const ctx = createContext(request, reply);
    const result = await call(ctx).then(
      (data) => ({ data }),
      (thrown: unknown) => ({ error: getTRPCErrorFromUnknown(thrown) }),
    );
    if ('data' in result) return send(request, reply, 200, JSON.stringify({ result }));
    const { error } = result;
    const appError = toAppError(error);
    logFailure(request, appError);
    const { name: path, procedure } = endpoint;
    const { type } = procedure._def;
    const shape = getTRPCErrorShape({
      config,
      error,
      type,
      path,
      input: undefined,
      ctx,
    });
    reply.code(shape.data.httpStatus).headers({ ...TRPC_HEADERS, ...buildErrorHeaders(request, appError) });
    await reply.send(Buffer.from(JSON.stringify({ error: shape })));
  };
}

/** In a scope of its own, since no other procedure may take a form. */
async function serveForms(
  server: FastifyInstance,
  answerCall: Answerer,
  receiveForm: FormReceiver,
): Promise<void> {
  await server.register(multipart);
  for (const endpoint of endpoints.filter(({ rest }) => rest.multipart))
    server.post(`/${endpoint.name}`, { config: { isUpload: true } }, (request, reply) =>
      answerCall(request, reply, endpoint, (ctx) => answerWithForm(endpoint, { ctx, request, receiveForm })),
    );
}

export const trpcPlugin: FastifyPluginAsync<{
  createContext: ContextFactory;
  guard: BodyGuard;
  streams: LiveStreams;
  receiveForm: FormReceiver;
}> = async (server, { createContext, guard, streams, receiveForm }) => {
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
  server.addHook('onRequest', (request, _reply, done) => {
    requirePlainAnswer(request);
    done();
  });
  const answerCall = createAnswerer(server, createContext);
  await server.register((scope) => serveForms(scope, answerCall, receiveForm));

  server.route<Route>({
    method: ['GET', 'POST'],
    url: '/:path',
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const plainCall = findPlainCall(request);
      if (plainCall) {
        const { endpoint, input } = plainCall;
        return answerCall(request, reply, endpoint, (ctx) => endpoint.call(ctx, () => parseInput(input)));
      }
      const { path } = request.params;
      if (path.split(',').length > MAX_BATCH) {
        throw new AppError('VALIDATION_FAILED', `A batch can have at most ${MAX_BATCH} calls`);
      }
      if (isLive(request)) streams.add(reply.raw);
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
          // Fastify sets the headers of this answer last, so its Vary replaces the common one.
          headers: { vary: TRPC_HEADERS.vary, ...(first && buildErrorHeaders(request, toAppError(first))) },
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
