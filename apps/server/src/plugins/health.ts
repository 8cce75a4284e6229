import { type App, AppError, createDatabaseProbe, createReadiness, watchReadiness } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { sendProblem } from './errors.ts';

export const healthPlugin: FastifyPluginAsync<{ app: App; isStopping: () => boolean }> = async (
  server,
  { app: { db, redis, logger, metrics }, isStopping },
) => {
  const readiness = createReadiness(logger, {
    database: createDatabaseProbe(db),
    ...(redis && { 'redis server': () => redis.ping() }),
  });
  watchReadiness(metrics, readiness);
  const sendJson = server.answers.createSender({ 'content-type': 'application/json; charset=utf-8' });
  server.get('/healthz', (request, reply) => sendJson(request, reply, 200, '{"status":"ok"}'));
  server.get('/readyz', async (request, reply) => {
    if (isStopping())
      return sendProblem(new AppError('UNAVAILABLE', 'The server is stopping'), request, reply);
    const [problem] = await readiness.listProblems();
    if (problem === undefined) return { status: 'ready' };
    return sendProblem(new AppError('UNAVAILABLE', problem.description), request, reply);
  });
};
