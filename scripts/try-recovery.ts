import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp, createLogger } from '@linkgrove/api';
import { requireHealthy, testConfig } from '@linkgrove/api/testing';
import { migrateToLatest, openDatabase } from '@linkgrove/db';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@linkgrove/db/embedded';
import { takeBaseBackup } from '@linkgrove/db/testing';
import pg from 'pg';
import { createServer } from '../apps/server/src/server.ts';

// Tries what docs/operations.md says about point-in-time recovery, on two embedded PostgreSQL servers in a temporary
// folder: archives, takes a base backup, signs people up before and after a moment, restores the moment, and compares.

const PEOPLE = { beforeBackup: 20, beforeMoment: 20, afterMoment: 20 };
const GIVE_UP_AFTER_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'linkgrove-recovery-'));
const primaryDir = join(folder, 'primary');
const restoredDir = join(folder, 'restored');
const archive = join(folder, 'archive');

async function query<T extends object>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

/** The number of rows of each table. */
async function countRows(url: string): Promise<Map<string, number>> {
  const tables = await query<{ name: string }>(
    url,
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' order by 1`,
  );
  const counts = tables.map(({ name }) => `select '${name}' as name, count(*)::int as count from ${name}`);
  const rows = await query<{ name: string; count: number }>(url, counts.join(' union all '));
  return new Map(rows.map(({ name, count }) => [name, count]));
}

async function openSignUps(databaseUrl: string) {
  const logger = createLogger({ level: 'silent', name: 'recovery' });
  const app = await createApp({ config: testConfig(), databaseUrl, logger });
  const server = await createServer(app);
  let count = 0;
  return {
    signUp: async (people: number) => {
      for (let n = 0; n < people; n += 1) {
        count += 1;
        const username = `person${count}`;
        const payload = { username, email: `${username}@example.com`, password: 'correct-horse-battery' };
        const { statusCode, body } = await server.inject({ method: 'POST', url: '/api/register', payload });
        if (statusCode !== 201) throw new Error(`A sign-up answered ${statusCode}: ${body}`);
      }
    },
    close: async () => {
      await server.close();
      await app.close();
    },
  };
}

/** Waits until everything written so far is in the archive. */
async function finishArchive(url: string): Promise<void> {
  const [segment] = await query<{ name: string }>(url, 'select pg_walfile_name(pg_switch_wal()) as name');
  const until = Date.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    const [last] = await query<{ isDone: boolean }>(
      url,
      `select coalesce(last_archived_wal >= '${segment?.name}', false) as "isDone" from pg_stat_archiver`,
    );
    if (last?.isDone) return;
    if (Date.now() > until) throw new Error('PostgreSQL does not archive');
    await sleep(100);
  }
}

async function waitForEndOfRecovery(url: string): Promise<void> {
  const until = Date.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    const [state] = await query<{ isRecovering: boolean }>(
      url,
      'select pg_is_in_recovery() as "isRecovering"',
    );
    if (state?.isRecovering === false) return;
    if (Date.now() > until) throw new Error('The recovery does not end');
    await sleep(50);
  }
}

async function restore(moment: string): Promise<EmbeddedPostgres> {
  const restored = await startEmbeddedPostgres({
    dataDir: restoredDir,
    settings: { fsync: 'off', recovery_target_time: moment },
  });
  await waitForEndOfRecovery(restored.url);
  console.log(`Restored the state of ${moment}`);
  return restored;
}

function compareCounts(expected: Map<string, number>, found: Map<string, number>): void {
  const wrong = [...expected].filter(([name, count]) => found.get(name) !== count);
  for (const [name, count] of wrong) console.error(`${name}: ${found.get(name)} rows, expected ${count}`);
  if (wrong.length > 0) throw new Error('The restored database differs');
  console.log(
    `${expected.size} tables have as many rows as at that moment, among them ${found.get('users')} users`,
  );
}

async function askDoctor(url: string): Promise<void> {
  const { db, close } = openDatabase({ url });
  try {
    await requireHealthy({ db });
    console.log('The doctor found no difference');
  } finally {
    await close();
  }
}

const running: { stop: () => Promise<void> }[] = [];
try {
  // PostgreSQL may run as another user.
  for (const path of [primaryDir, restoredDir, archive]) mkdirSync(path);
  chmodSync(folder, 0o711);
  chmodSync(archive, 0o777);
  const primary = await startEmbeddedPostgres({
    dataDir: primaryDir,
    settings: {
      fsync: 'off',
      archive_mode: 'on',
      archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f`,
    },
  });
  running.push(primary);
  await migrateToLatest(primary.url);
  const people = await openSignUps(primary.url);
  await people.signUp(PEOPLE.beforeBackup);
  const began = performance.now();
  await takeBaseBackup(primary.url, {
    dataDir: restoredDir,
    signal: 'recovery',
    settings: { restore_command: `cp ${archive}/%f %p`, recovery_target_action: 'promote' },
  });
  console.log(`Took a base backup while the server ran, in ${Math.round(performance.now() - began)} ms`);
  await people.signUp(PEOPLE.beforeMoment);
  const expected = await countRows(primary.url);
  const [clock] = await query<{ now: string }>(primary.url, 'select clock_timestamp()::text as now');
  const moment = clock?.now ?? '';
  await people.signUp(PEOPLE.afterMoment);
  await people.close();
  await finishArchive(primary.url);
  console.log(`${PEOPLE.afterMoment} people signed up after the moment, which was ${moment}`);
  await primary.stop();

  const restored = await restore(moment);
  running.push(restored);
  compareCounts(expected, await countRows(restored.url));
  await askDoctor(restored.url);
} finally {
  for (const { stop } of running) await stop();
  rmSync(folder, { recursive: true, force: true });
}
// The thread that judges passwords would keep it running.
process.exit();
