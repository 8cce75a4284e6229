import { Kysely, PostgresAdapter, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { migrations } from './migrations/index.ts';

const LOCK_KEY = 7_214_034;
/** How long a statement may take, the wait for another process that migrates included. */
const PATIENCE_MS = 600_000;

/** Leaves locking to the transaction: Kysely's lock is one of the session, which no pooler keeps for us. */
class Adapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}
class Dialect extends PostgresDialect {
  override createAdapter = () => new Adapter();
}

function openPool(connectionString: string): pg.Pool {
  const timeouts = { connectionTimeoutMillis: 3_000, query_timeout: PATIENCE_MS };
  const pool = new pg.Pool({ connectionString, max: 1, ...timeouts });
  // The statement that follows fails and tells.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/**
 * Brings the database to the newest schema and returns the names of the migrations it applied, oldest
 * first. Safe when several processes start it at once, also through a pooler: one migrates while the others wait.
 * Throws what the failing migration threw; PostgreSQL has then rolled the whole run back.
 */
export async function migrateToLatest(databaseUrl: string): Promise<string[]> {
  const pool = openPool(databaseUrl);
  const database = new Kysely({ dialect: new Dialect({ pool }) });
  try {
    return await database.transaction().execute(async (db) => {
      // A pooler may hand out a connection to which someone has said that statements must be short.
      await sql`set local statement_timeout = ${sql.lit(PATIENCE_MS)}`.execute(db);
      await sql`select pg_advisory_xact_lock(${LOCK_KEY})`.execute(db);
      const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
      const { error, results = [] } = await migrator.migrateToLatest();
      if (error) throw error;
      return results.map((result) => result.migrationName);
    });
  } finally {
    await pool.end();
  }
}
