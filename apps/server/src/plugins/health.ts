import { type App, AppError } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { sql } from 'kysely';
import { sendProblem } from './errors.ts';

const PROBE_MS = 2_000;

const timeout = (ms: number) =>
  new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error('timed out')), ms).unref());

/** The name of the first part that does not answer, or null if all do. */
async function failingPart({ db, redis }: App): Promise<string | null> {
  const probes: Record<string, () => Promise<unknown> | undefined> = {
    database: () => sql`select 1`.execute(db),
    'redis server': () => redis?.ping(),
  };
  for (const [part, probe] of Object.entries(probes)) {
    try {
      await Promise.race([probe(), timeout(PROBE_MS)]);
    } catch {
      return part;
    }
  }
  return null;
}

/** `/healthz`: the process is up. `/readyz`: send it requests. Readiness ends before the server stops. */
export const healthPlugin: FastifyPluginAsync<{ app: App; isStopping: () => boolean }> = async (
  server,
  options,
) => {
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (request, reply) => {
    const part = options.isStopping() ? 'server' : await failingPart(options.app);
    if (part === null) return { status: 'ready' };
    const detail = part === 'server' ? 'The server is stopping' : `The ${part} does not answer`;
    return sendProblem(new AppError('UNAVAILABLE', detail), request, reply);
  });
};
