import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, type QueryExecutorProvider, sql } from 'kysely';
import pg from 'pg';
import { hasSystemErrorCode } from './errors.ts';
import { migrations } from './migrations/index.ts';
import { applySessionSettings } from './session-settings.ts';

/**
 * `up` runs in a transaction of its own. With `isConcurrent` it runs outside of one, as `create index concurrently`
 * needs, and must do nothing harmful when it is repeated.
 */
export type Migration = { up: (db: Kysely<unknown>) => Promise<void>; isConcurrent?: boolean };

const LOCK_KEY = 7_214_034;
const LOCK_POLL_MS = 200;
const STATEMENT_TIMEOUT_MS = 600_000;
/** A statement that waits for a table lock holds up all behind it. So a migration gives up early and tries again. */
const TABLE_LOCK_TIMEOUT_MS = 3_000;
const TABLE_LOCK_TRIES = 20;
const TABLE_LOCK_PAUSE_MS = 1_000;

function openPool(connectionString: string): pg.Pool {
  const timeouts = { connectionTimeoutMillis: 3_000, query_timeout: STATEMENT_TIMEOUT_MS };
  const pool = new pg.Pool({
    connectionString,
    max: 2,
    ...timeouts,
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool awaits it, @types/pg declares void
    onConnect: async (client) => {
      await applySessionSettings(client, { statement_timeout: STATEMENT_TIMEOUT_MS });
    },
  });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Renumbered before the first release, by old name. */
const RENUMBERED = {
  '0020-pages': '0014-pages',
  '0021-handles': '0015-handles',
  '0022-blocks': '0016-blocks',
  '0035-queues-by-urgency': '0017-queues-by-urgency',
  '0036-handles-of-who-left': '0018-handles-of-deleted-accounts',
  '0037-reward-review': '0019-reward-review',
};

async function prepareList(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)
  `.execute(db);
  await sql`drop table if exists kysely_migration_lock`.execute(db);
  await sql`
    update kysely_migration set name = renumbered.value
    from jsonb_each_text(${JSON.stringify(RENUMBERED)}::jsonb) renumbered where name = renumbered.key`.execute(
    db,
  );
}

const UNDEFINED_TABLE = '42P01';
const LOCK_NOT_AVAILABLE = '55P03';

/** The last migration of this version. */
export const SCHEMA_VERSION: string = Object.keys(migrations).at(-1) ?? '';

/** The migrations of this version that the database lacks, oldest first. One that a newer version migrated lacks none. */
export async function listMissingMigrations(db: QueryExecutorProvider): Promise<string[]> {
  const applied = await listAppliedMigrations(db);
  return Object.keys(migrations).filter((name) => !applied.has(name));
}

async function listAppliedMigrations(db: QueryExecutorProvider): Promise<Set<string>> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    if (hasSystemErrorCode(error, UNDEFINED_TABLE)) return new Set();
    throw error;
  }
}

/** A later migration without this one comes from another branch. */
async function requireOrder(db: Kysely<unknown>, [missing]: string[]): Promise<void> {
  const later = [...(await listAppliedMigrations(db))].find(
    (name) => missing !== undefined && name > missing,
  );
  if (later !== undefined) throw new Error(`The database has the migration ${later}, but not ${missing}`);
}

async function takeTurn(turn: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql<{
    isMine: boolean;
  }>`select pg_try_advisory_xact_lock(${sql.lit(LOCK_KEY)}) as "isMine"`.execute(turn);
  return rows[0]?.isMine === true;
}

const recordMigration = (db: Kysely<unknown>, name: string) =>
  sql`insert into kysely_migration values (${name}, ${new Date().toISOString()})`.execute(db);

async function applyConcurrently(db: Kysely<unknown>, name: string, { up }: Migration): Promise<void> {
  await db.connection().execute(async (connection) => {
    await sql`set statement_timeout = ${sql.lit(STATEMENT_TIMEOUT_MS)}`.execute(connection);
    try {
      await up(connection);
      await recordMigration(connection, name);
    } finally {
      // A pooler may lend the connection to somebody else.
      await sql`reset statement_timeout`.execute(connection);
    }
  });
}

async function applyInTransaction(db: Kysely<unknown>, name: string, { up }: Migration): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // A pooled connection may have a short timeout set by another client.
    await sql`set local statement_timeout = ${sql.lit(STATEMENT_TIMEOUT_MS)}`.execute(trx);
    await sql`set local lock_timeout = ${sql.lit(TABLE_LOCK_TIMEOUT_MS)}`.execute(trx);
    await up(trx);
    await recordMigration(trx, name);
  });
}

async function applyMigration(db: Kysely<unknown>, name: string, tries = TABLE_LOCK_TRIES): Promise<void> {
  const migration = migrations[name];
  if (!migration) return;
  if (migration.isConcurrent) return applyConcurrently(db, name, migration);
  try {
    await applyInTransaction(db, name, migration);
  } catch (error) {
    if (!hasSystemErrorCode(error, LOCK_NOT_AVAILABLE) || tries === 1) throw error;
    await sleep(TABLE_LOCK_PAUSE_MS);
    await applyMigration(db, name, tries - 1);
  }
}

/** Undefined if another process has the turn. */
const migrateInTurn = (db: Kysely<unknown>): Promise<string[] | undefined> =>
  db.transaction().execute(async (turn) => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(turn);
    if (!(await takeTurn(turn))) return undefined;
    await prepareList(db);
    const missing = await listMissingMigrations(db);
    await requireOrder(db, missing);
    for (const name of missing) await applyMigration(db, name);
    return missing;
  });

/**
 * If several processes start at once, one migrates. Throws a migration's error after rolling that migration back; those
 * before it stay. Returns the names of those that it applied.
 */
export async function migrateToLatest(databaseUrl: string): Promise<string[]> {
  const pool = openPool(databaseUrl);
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    // Without the lock: most starts find nothing to do.
    if ((await listMissingMigrations(db)).length === 0) return [];
    for (;;) {
      // Each try is a transaction of its own: an index that is built concurrently may wait for the end of those that it sees.
      const applied = await migrateInTurn(db);
      if (applied) return applied;
      await sleep(LOCK_POLL_MS);
    }
  } finally {
    await pool.end();
  }
}
