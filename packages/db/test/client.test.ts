import { type AddressInfo, createServer, type Socket } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Db, openDatabase } from '../src/index.ts';
import { cloneDatabase, startProxy } from '../src/testing/index.ts';

let database: Awaited<ReturnType<typeof cloneDatabase>>;

beforeAll(async () => {
  database = await cloneDatabase(inject('databaseServerUrl'));
});

afterAll(async () => {
  await database.drop();
});

async function timeoutsOf(db: Db): Promise<unknown> {
  const { rows } = await sql`select current_setting('statement_timeout') as statement,
    current_setting('idle_in_transaction_session_timeout') as idle`.execute(db);
  return rows[0];
}

/** What a client says first to a server that hangs up on it. */
async function firstWords(): Promise<string> {
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
  await expect(timeoutsOf(db)).rejects.toThrow('Connection terminated');
  await close();
  await new Promise((resolve) => server.close(resolve));
  return heard;
}

describe('a connection of openDatabase', () => {
  it('has its timeouts before the first statement, and so has every other one', async () => {
    const { db, close } = openDatabase({ url: database.url, maxConnections: 3 });
    const all = await Promise.all([1, 2, 3].map(() => timeoutsOf(db)));
    for (const timeouts of all) expect(timeouts).toEqual({ statement: '5s', idle: '15s' });
    await close();
  });

  it('has the timeout that was asked for, also after a transaction that failed', async () => {
    const { db, close } = openDatabase({ url: database.url, maxConnections: 1, statementTimeout: 1_234 });
    const failing = db.transaction().execute(async (trx) => {
      expect(await timeoutsOf(trx)).toEqual({ statement: '1234ms', idle: '15s' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await timeoutsOf(db)).toEqual({ statement: '1234ms', idle: '15s' });
    await close();
  });

  it('names no timeout among its parameters, which PgBouncer would refuse', async () => {
    const words = await firstWords();
    expect(words).toContain('user\0someone\0database\0any\0');
    expect(words).not.toContain('timeout');
  });
});

describe('a link that swallows what is sent', () => {
  it('FT7: takes no later statement with it into a transaction that nobody ends', async () => {
    const proxy = await startProxy(database.url);
    const { db, close } = openDatabase({ url: proxy.url, maxConnections: 1, statementTimeout: 200 });
    await sql`create table notes (text text)`.execute(db);
    proxy.freeze();
    const swallowed = db.transaction().execute((trx) => sql`insert into notes values ('lost')`.execute(trx));
    await expect(swallowed).rejects.toThrow('Query read timeout');
    proxy.resume();
    await sql`insert into notes values ('kept')`.execute(db);
    proxy.cut();
    const straight = openDatabase({ url: database.url });
    const { rows } = await sql`select text from notes`.execute(straight.db);
    expect(rows).toEqual([{ text: 'kept' }]);
    await Promise.all([close(), straight.close()]);
    await proxy.close();
  });
});
