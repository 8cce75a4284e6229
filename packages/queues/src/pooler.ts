import { EventEmitter } from 'node:events';
import type { PgPool, PgPoolClient } from 'bullmq';
import type pg from 'pg';

const CHANNEL = 'bullmq_jobs';
const POLL_MS = 500;
const LISTEN = /^\s*(--.*\n\s*)*(listen|unlisten)\b/i;

type Query = PgPool['query'];

/** A pooler keeps no session settings, so each statement runs in a transaction that sets the schema. */
function createPooledQuery(pool: pg.Pool, searchPath: string): Query {
  return async (text, params) => {
    const client = await pool.connect();
    try {
      await client.query(`begin; set local search_path to ${searchPath}`);
      const result = await client.query(text, params && [...params]);
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
}

/** A client whose notifications come from a timer, since LISTEN does not work through a pooler. */
class PooledClient extends EventEmitter implements PgPoolClient {
  readonly query: Query;

  constructor(query: Query) {
    super();
    this.setMaxListeners(0);
    this.query = async (text, params) => (LISTEN.test(text) ? { rows: [] } : query(text, params));
  }

  /** Keeps the listeners: all waiting workers share this client, and each removes its own. */
  override removeAllListeners(): this {
    return this;
  }

  release(): void {}
}

class PooledPool implements PgPool {
  readonly query: Query;
  readonly #client: PgPoolClient;
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool, query: Query, client: PgPoolClient) {
    this.query = query;
    this.#client = client;
    this.#pool = pool;
  }

  async connect(): Promise<PgPoolClient> {
    return this.#client;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  on(): this {
    return this;
  }

  removeAllListeners(): this {
    return this;
  }
}

export function connectThroughPooler(
  pool: pg.Pool,
  searchPath: string,
  queues: readonly string[],
): { pool: PgPool; stop: () => void } {
  const query = createPooledQuery(pool, searchPath);
  const client = new PooledClient(query);
  const timer = setInterval(() => {
    for (const payload of queues) client.emit('notification', { channel: CHANNEL, payload });
  }, POLL_MS);
  return { pool: new PooledPool(pool, query, client), stop: () => clearInterval(timer) };
}
