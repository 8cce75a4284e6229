import { AppError, appRouter, type Endpoint, endpoints } from '@linkgrove/api';
import { callTRPCProcedure } from '@trpc/server';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ContextFactory } from '../request-context.ts';
import { sendProblem } from './errors.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

type Reader = (text: string) => unknown;
const READERS: Record<string, Reader> = {
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text),
  number: (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};

/**
 * How to read the members of a query string: text where the schema wants a number or a boolean is read as
 * one, and left as it is where it is none, so that the schema names what is wrong.
 */
function queryReader(
  procedure: Endpoint['procedure'],
): (query: Record<string, unknown>) => Record<string, unknown> {
  const [schema] = procedure._def.inputs as z.ZodType[];
  const { properties = {} } = schema ? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) : {};
  const readers = Object.entries(properties).flatMap(([name, property]): [string, Reader][] => {
    const reader = typeof property === 'object' ? READERS[String(property.type)] : undefined;
    return reader ? [[name, reader]] : [];
  });
  return (query) => {
    const read = { ...query };
    for (const [name, reader] of readers) {
      const text = read[name];
      if (typeof text === 'string') read[name] = reader(text);
    }
    return read;
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The input of a procedure: path and query for GET, path and body for the rest. */
function inputReader({ procedure, rest }: Endpoint): (request: FastifyRequest) => unknown {
  const readQuery = queryReader(procedure);
  if (rest.method === 'GET')
    return ({ query, params }) => ({ ...readQuery(query as Record<string, unknown>), ...(params as object) });
  return ({ body, params }) => {
    if (body === undefined) return { ...(params as object) };
    return isObject(body) ? { ...body, ...(params as object) } : body;
  };
}

const toUrl = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

function serve(server: FastifyInstance, endpoint: Endpoint, createContext: ContextFactory): void {
  const { name, procedure, rest } = endpoint;
  const readInput = inputReader(endpoint);
  const status = rest.success ?? 200;
  server.route({
    method: rest.method,
    url: toUrl(rest.path),
    handler: async (request, reply) => {
      const output = await callTRPCProcedure({
        router: appRouter,
        path: name,
        getRawInput: async () => readInput(request),
        ctx: createContext(request, reply),
        type: procedure._def.type,
        signal: undefined,
        batchIndex: 0,
      });
      reply.code(status);
      return status === 204 ? reply.send() : output;
    },
  });
}

/** Other methods on a known path are told which ones it has. */
function refuseOtherMethods(server: FastifyInstance): void {
  for (const path of new Set(endpoints.map(({ rest }) => rest.path))) {
    const known: string[] = endpoints.filter(({ rest }) => rest.path === path).map(({ rest }) => rest.method);
    const allow = [...known, ...(known.includes('GET') ? ['HEAD'] : [])].join(', ');
    server.route({
      method: METHODS.filter((method) => !known.includes(method)),
      url: toUrl(path),
      handler: (request, reply) => {
        reply.header('allow', allow);
        return sendProblem(new AppError('METHOD_NOT_ALLOWED', `Use ${allow}`), request, reply);
      },
    });
  }
}

/** Serves every procedure under `/api`, as its `meta.openapi` says. */
export const restPlugin: FastifyPluginAsync<{ createContext: ContextFactory }> = async (
  server,
  { createContext },
) => {
  for (const endpoint of endpoints) {
    // One that has a faster way of its own is served already.
    const { method, path } = endpoint.rest;
    if (!server.hasRoute({ method, url: toUrl(path) })) serve(server, endpoint, createContext);
  }
  refuseOtherMethods(server);
};
