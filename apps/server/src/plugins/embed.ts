import { endpoints } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import type { ContextFactory } from '../request-context.ts';

const PATH = '/api/embed/me';
/** Pages of every product may read it: a token opens it, and cookies count for nothing. */
const ANY_ORIGIN = { 'access-control-allow-origin': '*' };
const PREFLIGHT = {
  ...ANY_ORIGIN,
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'authorization',
  'access-control-max-age': '600',
};

export const embedPlugin: FastifyPluginAsync<{ createContext: ContextFactory }> = async (
  server,
  { createContext },
) => {
  const endpoint = endpoints.find(({ rest }) => rest.path === PATH);
  if (!endpoint) throw new Error(`${PATH} is no endpoint`);
  const send = server.answers.createSender({
    ...ANY_ORIGIN,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  server.options(PATH, (_request, reply) => reply.code(204).headers(PREFLIGHT).send());
  server.get(PATH, { config: { isPublic: true } }, async (request, reply) => {
    const output = await endpoint
      .call(createContext(request, reply), async () => request.query)
      .catch((error: unknown) => {
        reply.headers(ANY_ORIGIN);
        throw error;
      });
    send(request, reply, 200, JSON.stringify(output));
  });
};
