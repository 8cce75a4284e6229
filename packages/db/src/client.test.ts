import { type AddressInfo, createServer, type Socket } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Db, openDatabase, preparedMark } from './index.ts';
import { cloneDatabase, startProxy } from './testing/index.ts';

let database: Awaited<ReturnType<typeof cloneDatabase>>;

beforeAll(async () => {
  database = await cloneDatabase(inject('databaseServerUrl'));
});

afterAll(async () => {
  await database.drop();
});

async function readTimeouts(db: Db): Promise<unknown> {
  const { rows } = await sql`select current_setting('statement_timeout') as statement,
    current_setting('idle_in_transaction_session_timeout') as idle`.execute(db);
  return rows[0];
}

/** Returns the startup packet of a client. */
async function captureStartupPacket(): Promise<string> {
  let heard = '';
  const server = createServer((socket: Socket) => {
    socket.once('data', (bytes) => {
      heard = bytes.toString('latin1');
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { db, close } = openDatabase({ url: `postgres://someone:secret@127.0.0.1:${port}/any` });
  await expect(readTimeouts(db)).rejects.toThrow('Connection terminated');
  await close();
  await new Promise((resolve) => server.close(resolve));
  return heard;
}

describe('a connection of openDatabase', () => {
  it('has its timeouts before the first statement, like every other connection of the pool', async () => {
    const { db, close } = openDatabase({ url: database.url, maxConnections: 3 });
    const all = await Promise.all([1, 2, 3].map(() => readTimeouts(db)));
    for (const timeouts of all) expect(timeouts).toEqual({ statement: '5s', idle: '15s' });
    await close();
  });

  it('has the requested timeout, even after a failed transaction', async () => {
    const { db, close } = openDatabase({ url: database.url, maxConnections: 1, statementTimeout: 1_234 });
    const failing = db.transaction().execute(async (trx) => {
      expect(await readTimeouts(trx)).toEqual({ statement: '1234ms', idle: '15s' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await readTimeouts(db)).toEqual({ statement: '1234ms', idle: '15s' });
    await close();
  });

  it('reads and writes the same values whatever the database sets by default', async () => {
    const { db, close } = openDatabase({ url: database.url });
    const name = new URL(database.url).pathname.slice(1);
    const defaults = {
      datestyle: `'SQL, DMY'`,
      intervalstyle: 'sql_standard',
      timezone: `'Asia/Kathmandu'`,
      standard_conforming_strings: 'off',
      bytea_output: 'escape',
      default_transaction_isolation: 'serializable',
      lock_timeout: '1',
      statement_timeout: '1',
    };
    for (const [setting, value] of Object.entries(defaults))
      await sql.raw(`alter database ${name} set ${setting} = ${value}`).execute(db);
    await close();
    const later = openDatabase({ url: database.url });
    const { rows } = await sql`
      select '2026-02-01T10:00:00Z'::timestamptz as time, '\\x0102'::bytea as bytes, '2026-02-01'::date::text as day,
        '\\n' as text, current_setting('transaction_isolation') as isolation, current_setting('lock_timeout') as lock
    `.execute(later.db);
    expect(rows).toEqual([
      {
        time: new Date('2026-02-01T10:00:00Z'),
        bytes: Buffer.from([1, 2]),
        day: '2026-02-01',
        text: '\\n',
        isolation: 'read committed',
        lock: '0',
      },
    ]);
    for (const setting of Object.keys(defaults))
      await sql.raw(`alter database ${name} reset ${setting}`).execute(later.db);
    await later.close();
  });

  it('sends no timeout as a startup parameter, which PgBouncer would refuse', async () => {
    const packet = await captureStartupPacket();
    expect(packet).toContain('user\0someone\0database\0any\0');
    expect(packet).not.toContain('timeout');
  });
});

describe('a statement marked as prepared', () => {
  const kept = async (db: Db): Promise<string[]> => {
    const { rows } = await sql<{ statement: string }>`
      select statement from pg_prepared_statements order by prepare_time`.execute(db);
    return rows.map(({ statement }) => statement);
  };
  const add = (db: Db, number: number) =>
    sql<{ sum: number }>`${preparedMark} select ${number}::int + 1 as sum`.execute(db);

  it('is prepared once per connection, and others are not', async () => {
    const { db, close } = openDatabase({ url: database.url, maxConnections: 1 });
    for (const number of [1, 2, 3]) expect((await add(db, number)).rows).toEqual([{ sum: number + 1 }]);
    await db.selectFrom('users').modifyFront(preparedMark).select('id').execute();
    await db.selectFrom('users').select('id').execute();
    expect(await kept(db)).toEqual([
      '/* prepared */ select $1::int + 1 as sum',
      'select /* prepared */ "id" from "users"',
    ]);
    await close();
  });

  it('does not affect later statements when it fails', async () => {
    const { db, close } = openDatabase({ url: database.url, maxConnections: 1 });
    const divide = (by: number) => sql`${preparedMark} select 1 / ${by}::int as ratio`.execute(db);
    await expect(divide(0)).rejects.toThrow('division by zero');
    expect((await divide(1)).rows).toEqual([{ ratio: 1 }]);
    await expect(sql`${preparedMark} select nothing_like_it`.execute(db)).rejects.toThrow('does not exist');
    expect((await db.transaction().execute((trx) => add(trx, 1))).rows).toEqual([{ sum: 2 }]);
    await close();
  });

  it('survives a change of its tables', async () => {
    const { db, close } = openDatabase({ url: database.url, maxConnections: 1 });
    await sql`create table words (word text); insert into words values ('one')`.execute(db);
    const read = () => sql`${preparedMark} select word from words`.execute(db);
    await read();
    await sql`alter table words add column other text, alter column word set not null`.execute(db);
    expect((await read()).rows).toEqual([{ word: 'one' }]);
    await close();
  });

  it('is not prepared if there are too many', async () => {
    const { db, close } = openDatabase({ url: database.url, maxConnections: 1 });
    for (let number = 0; number < 60; number += 1)
      await sql`${preparedMark} select ${sql.lit(number)}`.execute(db);
    expect(await kept(db)).toHaveLength(50);
    await close();
  });
});

describe('a network that drops packets', () => {
  it('FT7: does not leave later statements in a transaction that never ends', async () => {
    const proxy = await startProxy(database.url);
    const { db, close } = openDatabase({ url: proxy.url, maxConnections: 1, statementTimeout: 1_000 });
    await sql`create table notes (text text)`.execute(db);
    proxy.freeze();
    const swallowed = db.transaction().execute((trx) => sql`insert into notes values ('lost')`.execute(trx));
    await expect(swallowed).rejects.toThrow('Query read timeout');
    proxy.resume();
    await sql`insert into notes values ('kept')`.execute(db);
    proxy.cut();
    const direct = openDatabase({ url: database.url });
    const { rows } = await sql`select text from notes`.execute(direct.db);
    expect(rows).toEqual([{ text: 'kept' }]);
    await Promise.all([close(), direct.close()]);
    await proxy.close();
  });
});
