import { EventEmitter } from 'node:events';
import type { PgPool, PgPoolClient } from 'bullmq';
import type pg from 'pg';

/** The channel on which BullMQ's functions say that a queue has work. */
const CHANNEL = 'bullmq_jobs';
const POLL_MS = 500;

/**
 * What BullMQ needs of a pool, where a pooler in transaction mode hands out connections: each statement is a
 * transaction that names the schema, and as no notification comes through, waiting workers are woken by the clock.
 */
export function connectThroughPooler(
  pool: pg.Pool,
  searchPath: string,
  queues: readonly string[],
): { used: PgPool; stop: () => void } {
  const query = async (text: string, params?: readonly unknown[]) => {
    const client = await pool.connect();
    try {
      await client.query(`begin; set local search_path to ${searchPath}`);
      const result = await client.query(text, params as unknown[]);
      await client.query('commit');
      client.release();
      return result;
    } catch (error) {
      await client.query('rollback').then(
        () => client.release(),
        () => client.release(true),
      );
      throw error;
    }
  };
  const clock = new EventEmitter().setMaxListeners(0);
  const timer = setInterval(() => {
    for (const payload of queues) clock.emit('notification', { channel: CHANNEL, payload });
  }, POLL_MS);
  const nothing = async () => ({ rows: [] });
  const client = {
    query: (text: string, params?: readonly unknown[]) =>
      /^\s*(--.*\n\s*)*(listen|unlisten)\b/i.test(text) ? nothing() : query(text, params),
    on: (event: string, listener: (...args: unknown[]) => void) => clock.on(event, listener),
    removeListener: (event: string, listener: (...args: unknown[]) => void) =>
      clock.removeListener(event, listener),
    // The clock is shared by all waiting workers; each removes its own listener.
    removeAllListeners: () => clock,
    release: () => {},
  } as unknown as PgPoolClient;
  const used = {
    query,
    connect: async () => client,
    end: () => pool.end(),
    on: () => used,
    removeAllListeners: () => used,
  } as unknown as PgPool;
  return { used, stop: () => clearInterval(timer) };
}
