import { type ConnectionOptions, createPostgresBackend, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import type { Backend, BackendOptions, Classes } from './backend.ts';
import { connectThroughPooler } from './pooler.ts';

const SEARCH_PATH = 'bullmq,public';

const openPool = (url: string, max: number, options?: string): pg.Pool =>
  new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...(options && { options }),
  });

/** Whether connections keep what is said when they are made; a pooler between us and PostgreSQL does not. */
async function keepsSettings(pool: pg.Pool): Promise<boolean> {
  try {
    const { rows } = await pool.query<{ search_path: string }>('show search_path');
    return rows[0]?.search_path.replaceAll(' ', '') === SEARCH_PATH;
  } catch (error) {
    if (/startup parameter/.test(String(error))) return false;
    throw error;
  }
}

/**
 * Opens BullMQ's tables, in a schema of their own beside ours, and brings them up to date. Works straight and
 * through a pooler in transaction mode. Throws where the database cannot be reached.
 */
export async function openPostgresBackend(url: string, options: BackendOptions): Promise<Backend> {
  const { connections, onError } = options;
  const straight = openPool(url, connections, `-c search_path=${SEARCH_PATH}`);
  straight.on('error', onError);
  const isStraight = await keepsSettings(straight);
  if (!isStraight) await straight.end();
  const pool = isStraight ? straight : openPool(url, connections).on('error', onError);
  const client = await pool.connect();
  await runMigrations(client).finally(() => client.release());
  const { used, stop } = isStraight
    ? { used: pool, stop: () => {} }
    : connectThroughPooler(pool, SEARCH_PATH, options.queues);
  const connection = used as unknown as ConnectionOptions;
  return {
    classes: withBackend(createPostgresBackend) as unknown as Classes,
    producer: connection,
    consumer: () => connection,
    close: async () => {
      stop();
      await pool.end();
    },
  };
}
