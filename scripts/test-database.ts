import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@linkgrove/db/embedded';
import { createTemplate } from '@linkgrove/db/testing';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openPostgresBackend } from '../packages/queues/src/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseServerUrl: string;
  }
}

// Test data need not survive a crash, so nothing waits for the disk.
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };

/** A worker would create the tables of the queues in each database. */
async function createQueueTables(databaseUrl: string): Promise<void> {
  const backend = await openPostgresBackend(databaseUrl, { queues: [], connections: 1, onError: () => {} });
  await backend.close();
}

/** Each login would cost both sides some milliseconds of hashing. */
async function simplifyLogin(serverUrl: string): Promise<void> {
  const { password } = new URL(serverUrl);
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query('set scram_iterations = 1');
  await client.query(`alter role postgres password ${client.escapeLiteral(password)}`);
  await client.end();
}

/** Starts one PostgreSQL for the whole run, in memory if /dev/shm exists. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'linkgrove-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir, settings });
  await simplifyLogin(postgres.url);
  await createTemplate(postgres.url, createQueueTables);
  project.provide('databaseServerUrl', postgres.url);
  return async () => {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
