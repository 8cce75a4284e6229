import type { App } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { createAddressBudget } from '../public-page/address-budget.ts';
import { findFontFile, FONTS_PATH } from '../public-page/fonts.ts';
import { requireSingleHost } from '../single-host.ts';
import { createNotFoundError, sendProblem } from './errors.ts';

/** Registered without the server's hooks, like the public pages. Names contain a hash of the content. */
export const fontsPlugin: FastifyPluginAsync<{ app: App }> = async (server, { app }) => {
  const consumeBudget = createAddressBudget(app.config);
  const headers = {
    ...server.site.securityHeaders,
    'content-type': 'font/woff2',
    'cache-control': 'public, max-age=31536000, immutable',
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
  };
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));

  server.get<{ Params: { name: string } }>(`${FONTS_PATH}/:name`, async (request, reply) => {
    requireSingleHost(request);
    consumeBudget(request.ip);
    const file = findFontFile(request.params.name);
    if (!file) throw createNotFoundError();
    return reply.headers({ ...headers, 'x-request-id': request.id }).send(file.content);
  });
};
