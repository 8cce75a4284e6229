import multipart from '@fastify/multipart';
import { AppError, type Endpoint, endpoints } from '@linkgrove/api';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createContentEtag, isEtagGiven } from '../etags.ts';
import type { ContextFactory } from '../request-context.ts';
import { answerWithForm } from '../uploads/call.ts';
import type { FormReceiver } from '../uploads/receive.ts';
import { sendProblem } from './errors.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

type ValueReader = (text: string) => unknown;
const READERS: Record<string, ValueReader> = {
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text),
  number: (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};

function listReaders({ _def: { inputs } }: Endpoint['procedure']): [string, ValueReader][] {
  const [schema] = inputs;
  const { properties = {} } =
    schema instanceof z.ZodType ? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) : {};
  return Object.entries(properties).flatMap(([name, property]) => {
    const reader = typeof property === 'object' ? READERS[String(property.type)] : undefined;
    return reader ? [[name, reader]] : [];
  });
}

/**
 * Converts texts to the numbers and booleans of the schema; others stay, so that the schema reports them. The readers
 * are listed at first use: for all endpoints that takes a tenth of a start.
 */
function createQueryReader(
  procedure: Endpoint['procedure'],
): (query: Record<string, unknown>) => Record<string, unknown> {
  let readers: [string, ValueReader][] | undefined;
  return (query) => {
    const read = { ...query };
    readers ??= listReaders(procedure);
    for (const [name, reader] of readers) {
      const text = read[name];
      if (typeof text === 'string') read[name] = reader(text);
    }
    return read;
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type RestRoute = { Params: Record<string, string>; Querystring: Record<string, unknown> };

function createInputReader({ procedure, rest }: Endpoint): (request: FastifyRequest<RestRoute>) => unknown {
  const readQuery = createQueryReader(procedure);
  if (rest.method === 'GET') return ({ query, params }) => ({ ...readQuery(query), ...params });
  return ({ body, params }) => {
    if (body === undefined) return { ...params };
    return isObject(body) ? { ...body, ...params } : body;
  };
}

const toFastifyUrl = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
/** Browsers keep the answer and ask each time whether it is still the same. */
const REVALIDATED = { 'cache-control': 'no-cache' };

type Sender = ReturnType<FastifyInstance['answers']['createSender']>;

function createConditionalSender({ answers }: FastifyInstance): Sender {
  const send = answers.createSender({ ...JSON_TYPE, ...REVALIDATED });
  const sendNotModified = answers.createSender(REVALIDATED);
  return (request, reply, status, body = '') => {
    const etag = createContentEtag(body);
    reply.header('etag', etag);
    if (isEtagGiven(request.headers['if-none-match'], etag)) sendNotModified(request, reply, 304, undefined);
    else send(request, reply, status, body);
  };
}

function serveEndpoint(server: FastifyInstance, endpoint: Endpoint, createContext: ContextFactory): void {
  const { call, access, rest } = endpoint;
  const readInput = createInputReader(endpoint);
  const status = rest.success ?? 200;
  const send = rest.conditional
    ? createConditionalSender(server)
    : server.answers.createSender(status === 204 ? {} : JSON_TYPE);
  server.route<RestRoute>({
    method: rest.method,
    url: toFastifyUrl(rest.path),
    config: { isPublic: access === 'public' },
    handler: async (request, reply) => {
      const output = await call(createContext(request, reply), async () => readInput(request));
      send(request, reply, status, status === 204 ? undefined : JSON.stringify(output));
    },
  });
}

/** In a scope of its own, since no other endpoint may take a form. */
async function serveForms(
  server: FastifyInstance,
  { createContext, receiveForm }: RestOptions,
): Promise<void> {
  await server.register(multipart);
  for (const endpoint of endpoints.filter(({ rest }) => rest.multipart)) {
    const { method, path, success = 200 } = endpoint.rest;
    const send = server.answers.createSender(JSON_TYPE);
    server.route({
      method,
      url: toFastifyUrl(path),
      config: { isUpload: true },
      handler: async (request, reply) => {
        const ctx = createContext(request, reply);
        const output = await answerWithForm(endpoint, { ctx, request, receiveForm });
        send(request, reply, success, JSON.stringify(output));
      },
    });
  }
}

function rejectOtherMethods(server: FastifyInstance): void {
  for (const path of new Set(endpoints.map(({ rest }) => rest.path))) {
    const known: string[] = endpoints.filter(({ rest }) => rest.path === path).map(({ rest }) => rest.method);
    const allow = [...known, ...(known.includes('GET') ? ['HEAD'] : [])].join(', ');
    server.route({
      method: METHODS.filter((method) => !known.includes(method)),
      url: toFastifyUrl(path),
      handler: (request, reply) => {
        reply.header('allow', allow);
        return sendProblem(new AppError('METHOD_NOT_ALLOWED', `Use ${allow}`), request, reply);
      },
    });
  }
}

type RestOptions = { createContext: ContextFactory; receiveForm: FormReceiver };

export const restPlugin: FastifyPluginAsync<RestOptions> = async (server, options) => {
  const { createContext } = options;
  await server.register((scope) => serveForms(scope, options));
  for (const endpoint of endpoints) {
    // A plugin may serve an endpoint in a faster way.
    const { method, path } = endpoint.rest;
    if (!server.hasRoute({ method, url: toFastifyUrl(path) })) serveEndpoint(server, endpoint, createContext);
  }
  rejectOtherMethods(server);
};
