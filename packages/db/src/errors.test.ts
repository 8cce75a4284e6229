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
const errorOfQuery = (text: string, handle = db) => errorOf(sql.raw(text).execute(handle));

/** Returns the error of connecting to this port. */
async function errorOfPort(port: number, host = '127.0.0.1'): Promise<unknown> {
  const elsewhere = openDatabase({ url: `postgres://someone:secret@${host}:${port}/any` });
  const error = await errorOfQuery('select 1', elsewhere.db);
  await elsewhere.close();
  return error;
}

async function findClosedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('isCheckViolation recognizes the named check and no other error', async () => {
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
  it('recognizes the violated constraint by name', async () => {
    const error = await errorOfQuery(`insert into things values (2, 'one')`);
    expect(isUniqueViolation(error, 'things_name_key')).toBe(true);
    expect(isUniqueViolation(error, 'things_pkey')).toBe(false);
  });

  it('recognizes a unique index on an expression by name', async () => {
    await sql`create unique index things_lower_key on things (lower(name))`.execute(db);
    const error = await errorOfQuery(`insert into things values (2, 'ONE')`);
    expect(isUniqueViolation(error, 'things_lower_key')).toBe(true);
  });

  it('is false for a violation of another kind of constraint', async () => {
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
  ])('is false for a value that is not a database error: %o', (thrown) => {
    expect(isUniqueViolation(thrown, 'things_name_key')).toBe(false);
  });
});

describe.concurrent('isDatabaseUnavailable', () => {
  it('is true if nobody listens', async () => {
    const error = await errorOfPort(await findClosedPort());
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true if nobody listens on any address of a host name', async () => {
    expect(isDatabaseUnavailable(await errorOfPort(await findClosedPort(), 'localhost'))).toBe(true);
  });

  it('is true if the host name does not exist', async () => {
    expect(isDatabaseUnavailable(await errorOfPort(5432, 'database.invalid'))).toBe(true);
  });

  it('is true if the server closes the connection', async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const error = await errorOfPort((server.address() as AddressInfo).port);
    server.close();
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true if the server accepts and never answers', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const error = await errorOfPort((server.address() as AddressInfo).port);
    server.close();
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true after a statement timeout', async () => {
    const impatient = openDatabase({ url: database.url, statementTimeout: 500 });
    const error = await errorOfQuery('select pg_sleep(60)', impatient.db);
    await impatient.close();
    expect(error).toMatchObject({ code: '57014' });
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true if the server ends the connection during a statement', async () => {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    const error = await errorOf(client.query('select pg_terminate_backend(pg_backend_pid())'));
    await client.end();
    expect(error).toMatchObject({ code: '57P01' });
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true if the pool is exhausted', async () => {
    const small = openDatabase({ url: database.url, maxConnections: 1 });
    const error = await small.db.connection().execute(() => errorOfQuery('select 1', small.db));
    await small.close();
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('is true if the database is read-only', async () => {
    const error = await errorOf(
      db
        .transaction()
        .setAccessMode('read only')
        .execute((trx) => sql`insert into things values (3, 'three')`.execute(trx)),
    );
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it.each(['EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])('is true for %s', (code) => {
    expect(isDatabaseUnavailable(Object.assign(new Error('network error'), { code }))).toBe(true);
  });

  it('is true if a broken connection is used again', async () => {
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
    ['a syntax error', 'selec 1'],
    ['an unknown table', 'select * from nowhere'],
    ['a constraint violation', `insert into things values (1, 'again')`],
    ['an invalid value', `select 'x'::int`],
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
  ])('is false for a value that is not a database error: %o', (thrown) => {
    expect(isDatabaseUnavailable(thrown)).toBe(false);
  });
});
