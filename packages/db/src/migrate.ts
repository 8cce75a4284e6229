import { Kysely, PostgresAdapter, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { migrations } from './migrations/index.ts';

const LOCK_KEY = 7_214_034;
/** Includes waiting for another process that is migrating. */
const STATEMENT_TIMEOUT_MS = 600_000;

/** Turns off Kysely's session lock, which does not work through a pooler. `migrateToLatest` locks the transaction. */
class Adapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}
class Dialect extends PostgresDialect {
  override createAdapter = () => new Adapter();
}

function openPool(connectionString: string): pg.Pool {
  const timeouts = { connectionTimeoutMillis: 3_000, query_timeout: STATEMENT_TIMEOUT_MS };
  const pool = new pg.Pool({ connectionString, max: 1, ...timeouts });
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

async function renumberAppliedMigrations(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql`select from pg_tables where tablename = 'kysely_migration'`.execute(db);
  if (rows.length === 0) return;
  await sql`
    update kysely_migration set name = renumbered.value
    from jsonb_each_text(${JSON.stringify(RENUMBERED)}::jsonb) renumbered where name = renumbered.key`.execute(
    db,
  );
}

const UNDEFINED_TABLE = '42P01';

/** One query, without the lock: most starts find nothing to do. */
async function isMigrated(pool: pg.Pool): Promise<boolean> {
  try {
    const { rows } = await pool.query<{ name: string }>('select name from kysely_migration');
    return (
      rows
        .map(({ name }) => name)
        .toSorted()
        .join() === Object.keys(migrations).toSorted().join()
    );
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE) return false;
    throw error;
  }
}

/** If several processes start at once, one migrates. Throws a migration's error after rolling back the run. */
export async function migrateToLatest(databaseUrl: string): Promise<string[]> {
  const pool = openPool(databaseUrl);
  const database = new Kysely({ dialect: new Dialect({ pool }) });
  try {
    if (await isMigrated(pool)) return [];
    return await database.transaction().execute(async (db) => {
      // A pooled connection may have a short timeout set by another client.
      await sql`set local statement_timeout = ${sql.lit(STATEMENT_TIMEOUT_MS)}`.execute(db);
      await sql`select pg_advisory_xact_lock(${LOCK_KEY})`.execute(db);
      await renumberAppliedMigrations(db);
      const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
      const { error, results = [] } = await migrator.migrateToLatest();
      if (error) throw error;
      return results.map((result) => result.migrationName);
    });
  } finally {
    await pool.end();
  }
}
