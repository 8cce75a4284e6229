import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Db, releaseLease, openDatabase, takeLease } from './index.ts';
import { cloneDatabase } from './testing/index.ts';

let db: Db;
const cleanUps: (() => Promise<void>)[] = [];
beforeAll(async () => {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  const opened = openDatabase({ url: database.url, maxConnections: 30 });
  db = opened.db;
  cleanUps.push(opened.close, database.drop);
});
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

const take = (name: string, holder: string, seconds = 60) => takeLease(db, { name, holder, seconds });
const expire = (name: string) =>
  db
    .updateTable('leases')
    .set({ expires_at: sql<Date>`now() - interval '1 second'` })
    .where('name', '=', name)
    .execute();

it('a lease goes to one of thirty concurrent processes', async () => {
  const taken = await Promise.all(Array.from({ length: 30 }, (_, n) => take('race', `${n}`)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});

it('an expired lease goes to one of thirty concurrent processes', async () => {
  await take('old', 'first');
  await expire('old');
  const taken = await Promise.all(Array.from({ length: 30 }, (_, n) => take('old', `${n}`)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});

it('a lease can be renewed by its holder and taken by others only after it expires', async () => {
  expect(await take('kept', 'ada')).toBe(true);
  expect(await take('kept', 'bob')).toBe(false);
  expect(await take('kept', 'ada')).toBe(true);
  await expire('kept');
  expect(await take('kept', 'bob')).toBe(true);
  expect(await take('kept', 'ada')).toBe(false);
});

it('a lease can be released by its holder only', async () => {
  await take('given', 'ada');
  await releaseLease(db, { name: 'given', holder: 'bob' });
  expect(await take('given', 'bob')).toBe(false);
  await releaseLease(db, { name: 'given', holder: 'ada' });
  expect(await take('given', 'bob')).toBe(true);
});
