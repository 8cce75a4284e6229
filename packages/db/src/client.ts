import { Kysely, PostgresDialect, type PostgresPoolClient, type Transaction } from 'kysely';
import pg from 'pg';
import { createStatementNames } from './prepared.ts';
import type { Database } from './schema.ts';

/** A handle that may or may not be inside a transaction: for reads and for single statements. */
export type Db = Kysely<Database>;
/** A handle inside a transaction: a function that takes it is only right as part of a larger whole. */
export type Trx = Transaction<Database>;

export type DatabaseOptions = {
  /** `postgres://…` of PostgreSQL ≥ 15. */
  url: string;
  /** Most connections this process opens; default 10. */
  maxConnections?: number;
  /** Milliseconds a statement may take before the server cancels it; default 5,000. */
  statementTimeout?: number;
  /** Called for errors of idle connections, such as a restart of the database. */
  onError?: (error: Error) => void;
};

const IDLE_IN_TRANSACTION_MS = 15_000;
const INT8 = 20;
const DATE = 1082;

// Counts fit a double exactly up to 2^53, and a calendar day has no time zone: pg returns both otherwise.
const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format) => {
    if (oid === INT8) return Number;
    if (oid === DATE) return String;
    return pg.types.getTypeParser(oid, format);
  },
};

/** The name under which a connection keeps a statement, if it is to keep it. */
type NameFor = (client: pg.ClientBase, text: string) => string | undefined;

/**
 * A connection on which a statement got no answer may have a transaction open by the time it answers, in which the
 * statements of whoever has it next would vanish. So it takes no other, not even a rollback, and serves nobody else.
 */
async function lend(pool: pg.Pool, nameFor: NameFor): Promise<PostgresPoolClient> {
  const client = await pool.connect();
  let unanswered: Error | undefined;
  const query = async (text: string, values: unknown[]): Promise<pg.QueryResult> => {
    if (unanswered) throw unanswered;
    try {
      const name = nameFor(client, text);
      return await client.query(name === undefined ? { text, values } : { name, text, values });
    } catch (error) {
      if ((error as Error).message === 'Query read timeout') unanswered = error as Error;
      throw error;
    }
  };
  const release = (discard?: boolean) => client.release(unanswered ?? discard);
  // The other form of `query` is for cursors, which nothing here uses.
  return { query, release } as unknown as PostgresPoolClient;
}

/**
 * Sets the timeouts of a new connection, which PgBouncer refuses among its parameters. Returns whether it leads
 * straight to PostgreSQL: behind a pooler the next statement may run elsewhere, where nothing was prepared.
 */
async function begin(client: pg.ClientBase, statementTimeout: number): Promise<boolean> {
  const results = (await client.query(
    `set statement_timeout = ${statementTimeout}; set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS};
    select pg_backend_pid() as pid`,
  )) as unknown as pg.QueryResult<{ pid: number }>[];
  // What a pooler says here is a number of its own.
  const { processID } = client as unknown as { processID: number | null };
  return results.at(-1)?.rows[0]?.pid === processID;
}

export type OpenDatabase = {
  db: Db;
  /** Connections in all, those that are idle, and who waits for one. */
  usage: () => { total: number; idle: number; waiting: number };
  close: () => Promise<void>;
};

/** Opens a connection pool. Connections are made at first use; end them with the returned `close`. */
export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const statementTimeout = options.statementTimeout ?? 5_000;
  const straight = new WeakSet<pg.ClientBase>();
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 3_000,
    // The client's own limit catches a server that no longer answers at all.
    query_timeout: statementTimeout + 1_000,
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool waits for it; its types do not say so
    onConnect: async (client) => {
      if (await begin(client, statementTimeout)) straight.add(client);
    },
    keepAlive: true,
    types: typeParsers,
  });
  // Without a listener, an idle connection that breaks would end the process.
  pool.on('error', (error) => options.onError?.(error));
  // Nor does the pool listen while a connection is lent out, where the next statement fails and tells.
  pool.on('connect', (client) => client.on('error', () => {}));
  const nameOf = createStatementNames();
  const nameFor: NameFor = (client, text) => (straight.has(client) ? nameOf(text) : undefined);
  const lending = { connect: () => lend(pool, nameFor), end: () => pool.end(), options: pool.options };
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: lending }) });
  // Kysely never ends a pool that it has not used, so the pool is ended here.
  const close = async () => {
    await db.destroy();
    if (!pool.ended) await pool.end();
  };
  const usage = () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount });
  return { db, usage, close };
}
