import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, readConfigOrExit, stopOnSignals } from '@linkgrove/api';
import { createApp, type JobCtx, JOBS_BY_TOPIC } from '@linkgrove/api/jobs';
import { startWorker } from '@linkgrove/worker';
import { sql } from 'kysely';

// The worker with jobs that do what no job of the product should; what they do they write into `effects`.

type Payload = { key: string; seconds?: number };

const note = ({ db }: Pick<JobCtx, 'db'>, key: string, what: string) =>
  sql`insert into effects (key, what, pid) values (${key}, ${what}, ${process.pid})`.execute(db);

async function slow(ctx: JobCtx, { key, seconds = 1 }: Payload): Promise<void> {
  await note(ctx, key, 'begun');
  await sleep(seconds * 1_000);
  await note(ctx, key, 'ended');
}

/** Holds the process, so that it can neither prolong its locks nor answer. */
async function spin(ctx: JobCtx, { key, seconds = 1 }: Payload): Promise<void> {
  await note(ctx, key, 'begun');
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until);
  await note(ctx, key, 'ended');
}

async function fail(ctx: JobCtx, { key }: Payload): Promise<void> {
  await note(ctx, key, 'begun');
  throw new Error('This job always fails');
}

const count = async (ctx: JobCtx, { key }: Payload): Promise<void> => void (await note(ctx, key, 'counted'));

/** The same inside one transaction; that it has begun is told outside of it. */
async function slowAtomic(ctx: JobCtx, { key, seconds = 1 }: Payload): Promise<void> {
  await note(app, key, 'begun');
  await sleep(seconds * 1_000);
  await note(ctx, key, 'counted');
}

const handlers = new Map(JOBS_BY_TOPIC);
const add = (name: string, atomic: boolean, handle: (ctx: JobCtx, payload: Payload) => Promise<void>) => {
  handlers.set(name, { topic: name, atomic, handle: (ctx, payload) => handle(ctx, payload as Payload) });
};
add('test.slow', false, slow);
add('test.spin', false, spin);
add('test.fail', false, fail);
add('test.count', true, count);
add('test.slow-atomic', true, slowAtomic);

const config = readConfigOrExit(process.env);
const logger = createLogger({ level: config.logLevel, name: 'worker' });
const app = await createApp({ config, databaseUrl: config.databaseUrl, logger });
const worker = await startWorker(app, { databaseUrl: config.databaseUrl, handlers });
stopOnSignals(logger, config.shutdownMs, async () => {
  await worker.close();
  await app.close();
});
process.send?.({ type: 'ready' });
