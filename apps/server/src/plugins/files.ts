import {
  type App,
  AppError,
  isFileWithheld,
  isObjectKey,
  OBJECT_CACHE_CONTROL,
  SERVED_TYPES,
} from '@linkgrove/api';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { parseByteRange } from '../byte-range.ts';
import { createAddressBudget } from '../public-page/address-budget.ts';
import { isEtagGiven } from '../etags.ts';
import { requireSingleHost } from '../single-host.ts';
import { createNotFoundError, sendProblem } from './errors.ts';

/** A page can have dozens of pictures. */
const BUDGET_FACTOR = 10;

type Route = { Params: { '*': string } };

/** Nothing in a file can run, whatever a browser takes it for. */
const POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

function buildHeaders(key: string, type: string): Record<string, string> {
  const name = key.split('/')[1];
  return {
    'content-type': type,
    'content-disposition': name === undefined ? 'inline' : `attachment; filename="${name}"`,
    'content-security-policy': POLICY,
    'cache-control': OBJECT_CACHE_CONTROL,
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
    'accept-ranges': 'bytes',
    etag: `"${key}"`,
  };
}

/** Asks the database only for what the store does not have. */
const createMissingError = async (app: App, key: string): Promise<AppError> =>
  (await isFileWithheld(app, key))
    ? new AppError('TAKEN_DOWN', 'This file belongs to a page that was taken down')
    : createNotFoundError();

/** Registered without the server's hooks, like the public pages. Keys name their content, which never changes. */
export const filesPlugin: FastifyPluginAsync<{ app: App }> = async (server, { app }) => {
  const { limits } = app.config;
  const global = { ...limits.global, points: limits.global.points * BUDGET_FACTOR };
  const consumeBudget = createAddressBudget({ ...app.config, limits: { ...limits, global } });
  const { 'x-frame-options': _noFrames, ...commonHeaders } = server.site.securityHeaders;
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));

  const sendFile = async (request: FastifyRequest<Route>, reply: FastifyReply) => {
    requireSingleHost(request);
    consumeBudget(request.ip);
    const key = request.params['*'];
    const type = SERVED_TYPES[key.slice(key.lastIndexOf('.') + 1)];
    if (!isObjectKey(key) || type === undefined) throw createNotFoundError();
    const found = await app.fileStore.find(key);
    if (!found) throw await createMissingError(app, key);
    reply.headers({ ...commonHeaders, ...buildHeaders(key, type), 'x-request-id': request.id });
    if (isEtagGiven(request.headers['if-none-match'], `"${key}"`)) return reply.code(304).send();
    const { size } = found;
    const range =
      request.headers['if-range'] === undefined ? parseByteRange(request.headers.range, size) : undefined;
    if (range === null) return reply.code(416).header('content-range', `bytes */${size}`).send();
    if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
    reply.header('content-length', range ? range.end - range.start + 1 : size);
    return request.method === 'HEAD' ? reply.send() : reply.send(await found.open(range));
  };

  server.route<Route>({ method: ['GET', 'HEAD'], url: '/files/*', handler: sendFile });
};
