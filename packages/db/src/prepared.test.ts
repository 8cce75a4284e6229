import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openDatabase, type OpenDatabase } from './client.ts';
import { prepareQuery } from './prepared.ts';
import { cloneDatabase } from './testing/index.ts';

let database: OpenDatabase;
let drop: () => Promise<void>;
beforeAll(async () => {
  const clone = await cloneDatabase(inject('databaseServerUrl'));
  drop = clone.drop;
  database = openDatabase({ url: clone.url, maxConnections: 1 });
});
afterAll(async () => {
  await database.close();
  await drop();
});

it('a prepared query is built once, takes the values of each call and has a name on the connection', async () => {
  let builds = 0;
  const selectSum = prepareQuery({ a: 0, b: 0 }, (db, { a, b }) => {
    builds += 1;
    return sql<{ sum: number }>`select ${b}::int * 10 + ${a}::int + ${1}::int + ${b}::int * 0 as sum`.compile(
      db,
    );
  });
  expect(await selectSum(database.db, { a: 2, b: 3 })).toEqual([{ sum: 33 }]);
  expect(await selectSum(database.db, { b: 5, a: 4 })).toEqual([{ sum: 55 }]);
  expect(builds).toBe(1);
  const { rows } = await sql<{ name: string }>`
    select name from pg_prepared_statements where statement like '%as sum'`.execute(database.db);
  expect(rows).toEqual([{ name: expect.stringMatching(/^linkgrove_\d+$/) }]);
});
