import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateToLatest } from '@linkgrove/db';
import { startEmbeddedPostgres } from '@linkgrove/db/embedded';

export type BenchDatabase = { url: string; dataDir: string; stop: () => Promise<void> };

/** Starts a migrated PostgreSQL in a temporary folder, which `stop` deletes. */
export async function startBenchDatabase(settings: Record<string, string> = {}): Promise<BenchDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'linkgrove-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir, settings });
  await migrateToLatest(postgres.url);
  return {
    url: postgres.url,
    dataDir,
    stop: async () => {
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
