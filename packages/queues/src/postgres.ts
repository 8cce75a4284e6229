import { createPostgresBackend, type PgPool, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import type { Backend, BackendOptions, JobData } from './backend.ts';
import { JOB_OPTIONS, toWorkerOptions } from './options.ts';
import { connectThroughPooler } from './pooler.ts';

const SEARCH_PATH = 'bullmq,public';
/** Whatever the database or the role sets. */
const SESSION = '-c datestyle=ISO -c timezone=UTC -c standard_conforming_strings=on -c lock_timeout=0';
const { Queue, Worker } = withBackend(createPostgresBackend);

const openPool = (url: string, max: number, options?: string): pg.Pool =>
  new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...(options && { options }),
  });

async function isDirect(pool: pg.Pool): Promise<boolean> {
  try {
    const { rows } = await pool.query<{ search_path: string }>('show search_path');
    return rows[0]?.search_path.replaceAll(' ', '') === SEARCH_PATH;
  } catch (error) {
    if (/startup parameter/.test(String(error))) return false;
    throw error;
  }
}

async function connectPool(
  url: string,
  options: BackendOptions,
): Promise<{ pool: PgPool; stop: () => void }> {
  const direct = openPool(url, options.connections, `-c search_path=${SEARCH_PATH} ${SESSION}`);
  direct.on('error', options.onError);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- BullMQ takes any pg.Pool; @types/pg types its events differently
  if (await isDirect(direct)) return { pool: direct as PgPool, stop: () => {} };
  await direct.end();
  const pooled = openPool(url, options.connections).on('error', options.onError);
  return connectThroughPooler(pooled, SEARCH_PATH, options.queues);
}

/** Works directly and through a pooler in transaction mode. Throws if the database is unreachable. */
export async function openPostgresBackend(url: string, options: BackendOptions): Promise<Backend> {
  const { pool, stop } = await connectPool(url, options);
  const client = await pool.connect();
  await runMigrations(client).finally(() => client.release());
  return {
    openQueue: (name) => new Queue<JobData, void>(name, { connection: pool, defaultJobOptions: JOB_OPTIONS }),
    openWorker: (name, handler, work) =>
      new Worker<JobData, void>(name, handler, { ...toWorkerOptions(work), connection: pool }),
    close: async () => {
      stop();
      await pool.end();
    },
  };
}
