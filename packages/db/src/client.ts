import {
  Kysely,
  type PostgresCursor,
  PostgresDialect,
  type PostgresPoolClient,
  type PostgresQueryResult,
  type Transaction,
} from 'kysely';
import pg from 'pg';
import { createStatementNames } from './prepared.ts';
import type { Database } from './schema.ts';
import { applySessionSettings } from './session-settings.ts';

declare module 'pg' {
  interface ClientBase {
    /** Missing in @types/pg. */
    readonly processID?: number;
  }
}

export type Db = Kysely<Database>;
export type Trx = Transaction<Database>;

export type DatabaseOptions = {
  url: string;
  maxConnections?: number;
  statementTimeout?: number;
  onError?: (error: Error) => void;
};

const IDLE_IN_TRANSACTION_MS = 15_000;
const INT8 = 20;
const DATE = 1082;

// By default pg returns int8 as a string and a date as a local midnight. Our counts stay below 2^53.
const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format) => {
    if (oid === INT8) return Number;
    if (oid === DATE) return String;
    return pg.types.getTypeParser(oid, format);
  },
};

type FindStatementName = (client: pg.ClientBase, text: string) => string | undefined;

/** Discarded after a read timeout: an unanswered BEGIN may open a transaction that swallows the next statements. */
class PooledConnection implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #findName: FindStatementName;
  #timeout: Error | undefined;

  constructor(client: pg.PoolClient, findName: FindStatementName) {
    this.#client = client;
    this.#findName = findName;
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  // Returns `unknown` because @types/pg declares `command` as string, Kysely as a union.
  query(statement: unknown, parameters: readonly unknown[] = []): unknown {
    if (typeof statement !== 'string') throw new Error('Cursors are not supported');
    return this.#send(statement, [...parameters]);
  }

  release(discard?: boolean): void {
    this.#client.release(this.#timeout ?? discard);
  }

  async #send(text: string, values: unknown[]): Promise<pg.QueryResult> {
    if (this.#timeout) throw this.#timeout;
    try {
      const name = this.#findName(this.#client, text);
      return await this.#client.query(name === undefined ? { text, values } : { name, text, values });
    } catch (error) {
      if (error instanceof Error && error.message === 'Query read timeout') this.#timeout = error;
      throw error;
    }
  }
}

export type OpenDatabase = {
  db: Db;
  usage: () => { total: number; idle: number; waiting: number };
  close: () => Promise<void>;
};

export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const statementTimeout = options.statementTimeout ?? 5_000;
  const directClients = new WeakSet<pg.ClientBase>();
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 3_000,
    // Catches a server that stopped answering and cannot cancel anything.
    query_timeout: statementTimeout + 1_000,
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool awaits it, @types/pg declares void
    onConnect: async (client) => {
      const timeouts = {
        statement_timeout: statementTimeout,
        idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      };
      // False behind a pooler: prepared statements would get lost.
      if (await applySessionSettings(client, timeouts)) directClients.add(client);
    },
    keepAlive: true,
    types: typeParsers,
  });
  // Without a listener, a broken idle connection would crash the process.
  pool.on('error', (error) => options.onError?.(error));
  // The pool does not listen while a connection is checked out. There the next statement reports the error.
  pool.on('connect', (client) => client.on('error', () => {}));
  const findStatementName = createStatementNames();
  const findName: FindStatementName = (client, text) =>
    directClients.has(client) ? findStatementName(text) : undefined;
  const connectionPool = {
    connect: async () => new PooledConnection(await pool.connect(), findName),
    end: () => pool.end(),
    options: pool.options,
  };
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: connectionPool }) });
  // Kysely does not end a pool that it never used.
  const close = async () => {
    await db.destroy();
    if (!pool.ended) await pool.end();
  };
  const usage = () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount });
  return { db, usage, close };
}
