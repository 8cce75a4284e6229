import { createServer, type AddressInfo } from 'node:net';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type Db,
  isCheckViolation,
  isDatabaseUnavailable,
  isUniqueViolation,
  openDatabase,
} from './index.ts';
import { cloneDatabase } from './testing/index.ts';

let database: Awaited<ReturnType<typeof cloneDatabase>>;
let db: Db;
let close: () => Promise<void>;

beforeAll(async () => {
  database = await cloneDatabase(inject('databaseServerUrl'));
  ({ db, close } = openDatabase({ url: database.url }));
  await sql`create table things (id int primary key, name text, constraint things_name_key unique (name))`.execute(
    db,
  );
  await sql`insert into things values (1, 'one')`.execute(db);
});

afterAll(async () => {
  await close();
  await database.drop();
});

const errorOf = (failing: Promise<unknown>): Promise<unknown> =>
  failing.then(
    () => {
      throw new Error('This should have failed');
    },
    (error: unknown) => error,
  );
const errorOfQuery = (text: string, on = db) => errorOf(sql.raw(text).execute(on));

/** What connecting to this port of this machine fails with. */
async function errorOfPort(port: number, host = '127.0.0.1'): Promise<unknown> {
  const elsewhere = openDatabase({ url: `postgres://someone:secret@${host}:${port}/any` });
  const error = await errorOfQuery('select 1', elsewhere.db);
  await elsewhere.close();
  return error;
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('isCheckViolation knows the named check, and no other failure', async () => {
  await sql`create table checked (id int primary key constraint checked_check check (id > 0))`.execute(db);
  await sql`insert into checked values (1)`.execute(db);
  const error = await errorOfQuery('insert into checked values (0)');
  expect(isCheckViolation(error, 'checked_check')).toBe(true);
  expect(isCheckViolation(error, 'other_check')).toBe(false);
  const other = await errorOfQuery('insert into checked values (1)');
  expect(isCheckViolation(other, 'checked_pkey')).toBe(false);
  expect(isCheckViolation('23514', 'limited_check')).toBe(false);
});

describe('isUniqueViolation', () => {
  it('knows the constraint that already holds the value', async () => {
    const error = await errorOfQuery(`insert into things values (2, 'one')`);
    expect(isUniqueViolation(error, 'things_name_key')).toBe(true);
    expect(isUniqueViolation(error, 'things_pkey')).toBe(false);
  });

  it('knows a unique index on an expression by its name', async () => {
    await sql`create unique index things_lower_key on things (lower(name))`.execute(db);
    const error = await errorOfQuery(`insert into things values (2, 'ONE')`);
    expect(isUniqueViolation(error, 'things_lower_key')).toBe(true);
  });

  it('is false for any other refusal of a constraint', async () => {
    await sql`create table limited (id int constraint limited_check check (id > 0))`.execute(db);
    expect(isUniqueViolation(await errorOfQuery('insert into limited values (0)'), 'limited_check')).toBe(
      false,
    );
  });

  it.each([
    [null],
    [undefined],
    ['23505'],
    [{ code: '23505', constraint: 'things_name_key' }],
    [new Error('no')],
  ])('is false for what is no error of a database: %o', (thrown) => {
    expect(isUniqueViolation(thrown, 'things_name_key')).toBe(false);
  });
});

describe.concurrent('isDatabaseUnavailable', () => {
  it('is true where nobody listens', async ({ expect }) => {
    const error = await errorOfPort(await closedPort());
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true where nobody listens on any address of a name', async ({ expect }) => {
    expect(isDatabaseUnavailable(await errorOfPort(await closedPort(), 'localhost'))).toBe(true);
  });

  it('is true where the name leads nowhere', async ({ expect }) => {
    expect(isDatabaseUnavailable(await errorOfPort(5432, 'database.invalid'))).toBe(true);
  });

  it('is true where the server hangs up', async ({ expect }) => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const error = await errorOfPort((server.address() as AddressInfo).port);
    server.close();
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true where the server accepts and never says a word', async ({ expect }) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const error = await errorOfPort((server.address() as AddressInfo).port);
    server.close();
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true where a statement takes longer than it may', async ({ expect }) => {
    const impatient = openDatabase({ url: database.url, statementTimeout: 50 });
    const error = await errorOfQuery('select pg_sleep(60)', impatient.db);
    await impatient.close();
    expect(error).toMatchObject({ code: '57014' });
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true where the server ends the connection under a running statement', async ({ expect }) => {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    const error = await errorOf(client.query('select pg_terminate_backend(pg_backend_pid())'));
    await client.end();
    expect(error).toMatchObject({ code: '57P01' });
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true where every connection stays taken', async ({ expect }) => {
    const small = openDatabase({ url: database.url, maxConnections: 1 });
    const error = await small.db.connection().execute(() => errorOfQuery('select 1', small.db));
    await small.close();
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true where the database only lets read', async ({ expect }) => {
    const error = await errorOf(
      db
        .transaction()
        .setAccessMode('read only')
        .execute((trx) => sql`insert into things values (3, 'three')`.execute(trx)),
    );
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it.each(['EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])('is true for %s', (code) => {
    expect(isDatabaseUnavailable(Object.assign(new Error('the network is at fault'), { code }))).toBe(true);
  });

  it('is true where a connection that broke before is used again', async ({ expect }) => {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    await errorOf(client.query('select pg_terminate_backend(pg_backend_pid())'));
    await ended;
    const error = await errorOf(client.query('select 1'));
    expect(error).toMatchObject({ message: expect.stringContaining('is not queryable') as string });
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it.each([
    ['a statement that makes no sense', 'selec 1'],
    ['a table that is not there', 'select * from nowhere'],
    ['a refusal of a constraint', `insert into things values (1, 'again')`],
    ['a value that does not fit', `select 'x'::int`],
    ['a division by zero', 'select 1 / 0'],
  ])('is false for %s', async (_, text) => {
    expect(isDatabaseUnavailable(await errorOfQuery(text))).toBe(false);
  });

  it.each([
    [null],
    [undefined],
    ['ECONNREFUSED'],
    [{ code: '57P01' }],
    [new TypeError('x is not a function')],
  ])('is false for what is no error of a database: %o', (thrown) => {
    expect(isDatabaseUnavailable(thrown)).toBe(false);
  });
});
