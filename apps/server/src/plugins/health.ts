import { type App, AppError, listFailingParts, probeDatabase } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { sendProblem } from './errors.ts';

export const healthPlugin: FastifyPluginAsync<{ app: App; isStopping: () => boolean }> = async (
  server,
  { app: { db, redis }, isStopping },
) => {
  const sendJson = server.answers.createSender({ 'content-type': 'application/json; charset=utf-8' });
  server.get('/healthz', (request, reply) => sendJson(request, reply, 200, '{"status":"ok"}'));
  server.get('/readyz', async (request, reply) => {
    if (isStopping())
      return sendProblem(new AppError('UNAVAILABLE', 'The server is stopping'), request, reply);
    const [part] = await listFailingParts({
      database: () => probeDatabase(db),
      ...(redis && { 'redis server': () => redis.ping() }),
    });
    if (part === undefined) return { status: 'ready' };
    return sendProblem(new AppError('UNAVAILABLE', `The ${part} does not answer`), request, reply);
  });
};
