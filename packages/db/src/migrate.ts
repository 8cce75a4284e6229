import { Migrator } from 'kysely/migration';
import { openDatabase } from './client.ts';
import { migrations } from './migrations/index.ts';

/**
 * Brings the database to the newest schema and returns the names of the migrations it applied, oldest
 * first. Safe when several processes start it at once: one migrates while the others wait. Throws what
 * the failing migration threw; PostgreSQL has then rolled the whole run back.
 */
export async function migrateToLatest(databaseUrl: string): Promise<string[]> {
  // A migration may rightly take long.
  const { db, close } = openDatabase({ url: databaseUrl, maxConnections: 2, statementTimeout: 600_000 });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error) throw error;
    return results.map((result) => result.migrationName);
  } finally {
    await close();
  }
}
