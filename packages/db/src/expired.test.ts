import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { daysAgoPart, deleteExpiredRows, type OpenDatabase, openDatabase } from './index.ts';
import { cloneDatabase } from './testing/index.ts';

const ROWS = 2_500;

let database: Awaited<ReturnType<typeof cloneDatabase>>;
let opened: OpenDatabase;
beforeAll(async () => {
  database = await cloneDatabase(inject('databaseServerUrl'));
  opened = openDatabase({ url: database.url });
});
afterAll(async () => {
  await opened.close();
  await database.drop();
});

const countRows = async () =>
  (await sql<{ n: number }>`select count(*) as n from outbox`.execute(opened.db)).rows[0]?.n;

it('deletes expired rows in batches, and leaves those that another transaction holds', async () => {
  await sql`
    insert into outbox (id, topic, payload, done_at)
    select gen_random_uuid(), 'test', '{}', now() - make_interval(days => case when n <= ${ROWS} then 8 else 6 end)
    from generate_series(1, ${ROWS + 100}) n`.execute(opened.db);
  const expired = { table: 'outbox', by: sql`done_at`, before: daysAgoPart(7) } as const;
  await opened.db.transaction().execute(async (holder) => {
    await sql`select from outbox where done_at < now() - interval '7 days' limit 10 for update`.execute(
      holder,
    );
    await deleteExpiredRows(opened.db, expired);
    expect(await countRows()).toBe(110);
  });
  await deleteExpiredRows(opened.db, { ...expired, and: sql<boolean>`topic <> 'test'` });
  expect(await countRows()).toBe(110);
  await deleteExpiredRows(opened.db, expired);
  expect(await countRows()).toBe(100);
});

it('security events are deleted only by a transaction that says so, and never before 30 days', async () => {
  const { db } = opened;
  await sql`
    insert into security_events (id, type, created_at)
    values (gen_random_uuid(), 'signed_in', now() - interval '31 days'), (gen_random_uuid(), 'signed_in', now())
  `.execute(db);
  const remove = sql`delete from security_events where created_at < now() - interval '29 days'`;
  await expect(remove.execute(db)).rejects.toThrow('security events are append-only');
  const says = sql`set local linkgrove.deletes_expired_events = 'on'`;
  await db.transaction().execute(async (trx) => {
    await says.execute(trx);
    await remove.execute(trx);
  });
  const removeAll = db.transaction().execute(async (trx) => {
    await says.execute(trx);
    await sql`delete from security_events`.execute(trx);
  });
  await expect(removeAll).rejects.toThrow('security events are append-only');
});
