import type { App } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';

export const jwksPlugin: FastifyPluginAsync<{ app: App }> = async (server, { app }) => {
  server.get('/.well-known/jwks.json', (_request, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    return reply.send(app.accessTokens.jwks);
  });
};
