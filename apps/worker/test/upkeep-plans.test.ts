import { createApp, createLogger } from '@linkgrove/api';
import { testConfig } from '@linkgrove/api/testing';
import { withTransaction } from '@linkgrove/db';
import { cloneDatabase } from '@linkgrove/db/testing';
import { openQueues, type Queues } from '@linkgrove/queues';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SCHEDULED_JOBS } from '../src/schedules.ts';

/** Enough for the planner to have a real choice; `npm run faults` makes it a million. */
const ROWS = process.env['FAULTS'] === 'all' ? 1_000_000 : 20_000;

/** These read every row on purpose, once a day, or tables that are as large as the number of pages. */
const READS_EVERYTHING = new Set(['referrals.reconcile', 'referrals.leaderboard']);

let database: Awaited<ReturnType<typeof cloneDatabase>>;
let app: Awaited<ReturnType<typeof createApp>>;
let queues: Queues;

/** A twentieth has expired. Foreign keys are not checked: the rows have no users. */
const SEEDS = [
  `insert into sessions (id, user_id, expires_at, created_at, last_used_at)
    select uuid_of(n), uuid_of(n % 100000), now() + at(n), now(), now() from numbers`,
  `insert into refresh_tokens (token_hash, session_id, rotated_at)
    select sha256(n::text::bytea), uuid_of(n), now() from numbers`,
  `insert into email_tokens (id, user_id, purpose, email, token_hash, expires_at, used_at)
    select uuid_of(n), uuid_of(n % 100000), 'verify_email', n || '@example.com', sha256(n::text::bytea),
      now() + at(n), now() from numbers`,
  `insert into outbox (id, topic, payload, relayed_at, done_at)
    select uuid_of(n), 'mail.send', '{}', now(), now() + at(n) - interval '4 days' from numbers`,
  `insert into security_events (id, type, user_id, created_at)
    select uuid_of(n), 'signed_in', uuid_of(n % 100000), now() + at(n) - interval '700 days' from numbers`,
  `insert into sign_in_throttles (name_hash, attempts, window_ends_at)
    select sha256(n::text::bytea), 1, now() + at(n) from numbers`,
  `insert into user_devices (device_hash, user_id, last_seen_at)
    select sha256(n::text::bytea), uuid_of(n % 100000), now() + at(n) - interval '60 days' from numbers`,
  `insert into sign_in_origins (user_id, browser_hash, network_hash, last_seen_at)
    select uuid_of(n % 100000), sha256(n::text::bytea), sha256('x'), now() + at(n) - interval '320 days' from numbers`,
  `insert into used_attributions (id, used_at)
    select uuid_of(n), now() + at(n) from numbers`,
  `insert into mail_budgets (recipient_hash, name, sent, ends_at)
    select sha256(n::text::bytea), 'x', 1, now() + at(n) from numbers`,
];

const HELPERS = [
  `set session_replication_role = replica`,
  `create table numbers as select n from generate_series(1, ${ROWS}) n`,
  `create function uuid_of(n int) returns uuid immutable language sql
    as $$ select lpad(to_hex(n), 32, '0')::uuid $$`,
  `create function at(n int) returns interval immutable language sql
    as $$ select make_interval(days => case when n % 20 = 0 then -60 else 20 end) $$`,
];

async function seed(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  for (const statement of [...HELPERS, ...SEEDS, 'vacuum analyze']) await client.query(statement);
  await client.end();
}

beforeAll(async () => {
  database = await cloneDatabase(inject('databaseServerUrl'));
  const logger = createLogger({ level: 'silent', name: 'test' });
  app = await createApp({ config: testConfig(), databaseUrl: database.url, logger });
  queues = await openQueues({ databaseUrl: database.url, redisUrl: undefined, logger });
  await seed(database.url);
}, 600_000);
afterAll(async () => {
  await queues.close();
  await app.close();
  await database.drop();
});

class Undone extends Error {}

/** Runs in a transaction that is undone; returns the large tables of which it read every row. */
async function findScannedTables(work: (ctx: typeof app) => Promise<unknown>): Promise<string[]> {
  let scanned: string[] = [];
  await withTransaction(app, async (trx) => {
    await work({ ...app, ...trx });
    const { rows } = await sql<{ relname: string }>`
      select relname from pg_stat_xact_user_tables where seq_tup_read > ${ROWS / 2}`.execute(trx.db);
    scanned = rows.map(({ relname }) => relname);
    throw new Undone();
  }).catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error;
  });
  return scanned;
}

describe('a scheduled job', () => {
  it.each(Object.keys(SCHEDULED_JOBS).filter((name) => !READS_EVERYTHING.has(name)))(
    'FT47: %s reads no large table from end to end',
    async (name) => {
      expect(await findScannedTables((ctx) => SCHEDULED_JOBS[name]!.run(ctx, queues))).toEqual([]);
    },
    120_000,
  );
});
