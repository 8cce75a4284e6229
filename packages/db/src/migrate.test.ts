import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { migrateToLatest, openDatabase } from './index.ts';
import { migrations } from './migrations/index.ts';

const PROGRAM = fileURLToPath(new URL('./bin/migrate.ts', import.meta.url));
const names = Object.keys(migrations);
const run = promisify(execFile);

let url: string;

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

const tables = async () =>
  (await query(url, `select tablename from pg_tables where schemaname = 'public'`)) as {
    tablename: string;
  }[];

beforeEach(async () => {
  const name = `test_empty_${randomBytes(6).toString('hex')}`;
  await query(inject('databaseServerUrl'), `create database ${name}`);
  const own = new URL(inject('databaseServerUrl'));
  own.pathname = `/${name}`;
  url = own.href;
});

afterEach(async () => {
  const name = new URL(url).pathname.slice(1);
  await query(inject('databaseServerUrl'), `drop database if exists ${name} with (force)`);
});

describe('the list of migrations', () => {
  it('is numbered in the order it is applied, each number once', () => {
    expect(names.length).toBeGreaterThan(5);
    const numbers = names.map((name) => Number(name.slice(0, 4)));
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(names).toEqual(names.toSorted());
  });
});

describe('migrateToLatest', () => {
  it('applies every migration to an empty database, oldest first, and none a second time', async () => {
    expect(await migrateToLatest(url)).toEqual(names);
    expect((await tables()).map((row) => row.tablename)).toContain('users');
    expect(await migrateToLatest(url)).toEqual([]);
  });

  it('resolves for each of three that start at once on an empty database, and one of them applies all', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrateToLatest(url)));
    expect(applied.toSorted((a, b) => b.length - a.length)).toEqual([names, [], []]);
    expect(await query(url, 'select name from kysely_migration order by name')).toEqual(
      names.map((name) => ({ name })),
    );
  });

  it('throws what went wrong and leaves nothing half done', async () => {
    await query(url, 'create table rewards (something_else int)');
    await expect(migrateToLatest(url)).rejects.toMatchObject({
      message: 'relation "rewards" already exists',
    });
    expect((await tables()).map((row) => row.tablename)).not.toContain('users');
    await query(url, 'drop table rewards');
    expect(await migrateToLatest(url)).toEqual(names);
  });

  it('refuses a database that a newer version has migrated', async () => {
    await migrateToLatest(url);
    await query(
      url,
      `insert into kysely_migration values ('9999-of-the-future', '2026-01-01T00:00:00.000Z')`,
    );
    await expect(migrateToLatest(url)).rejects.toThrow(/9999-of-the-future/);
  });
});

describe('who signed up before there were pages', () => {
  it('has one afterwards, under the username, unless the account is deleted', async () => {
    const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0020'));
    const { db, close } = openDatabase({ url });
    await new Migrator({ db, provider: { getMigrations: async () => before } }).migrateToLatest();
    const people = [
      ['Ada.L', null],
      ['pricing', null],
      [null, new Date()],
    ] as const;
    for (const [index, [username, deleted_at]] of people.entries()) {
      const id = `01900000-0000-7000-8000-00000000000${index}`;
      const code = `code-${index}`;
      const email = username && `${username}@example.com`;
      await db.transaction().execute(async (trx) => {
        const names = { username, email, email_canonical: email, password_hash: email };
        await trx
          .insertInto('users')
          .values({ id, ...names, referral_code: code, deleted_at })
          .execute();
        await trx.insertInto('referral_links').values({ id, user_id: id, code }).execute();
        await trx.insertInto('referral_codes').values({ code, link_id: id, user_id: id }).execute();
      });
    }
    await close();
    await migrateToLatest(url);
    expect(
      await query(
        url,
        `select p.handle, p.title, p.slot, p.published, h.handle as folded, h.state, p.created_at = u.created_at as as_old,
          substr(p.id::text, 15, 1) as uuid_version,
          abs(extract(epoch from u.created_at) * 1000
            - ('x' || substr(replace(p.id::text, '-', ''), 1, 12))::bit(48)::bigint) < 2 as named_by_time
         from pages p join users u on u.id = p.user_id join handles h on h.page_id = p.id order by p.handle`,
      ),
    ).toEqual(
      ['Ada.L', 'pricing'].map((handle) => ({
        handle,
        title: handle,
        slot: 1,
        published: false,
        folded: handle.toLowerCase(),
        state: 'active',
        as_old: true,
        uuid_version: '7',
        named_by_time: true,
      })),
    );
  });
});

describe('the program that migrates', () => {
  const migrate = (env: NodeJS.ProcessEnv) => run(process.execPath, [PROGRAM], { env });

  it('succeeds in each of three processes that start at once, and one of them applies all', async () => {
    const outputs = await Promise.all([1, 2, 3].map(() => migrate({ DATABASE_URL: url })));
    expect(outputs.map(({ stdout }) => stdout.trim()).toSorted()).toEqual([
      `Applied ${names.join(', ')}`,
      'The schema is up to date',
      'The schema is up to date',
    ]);
    expect(outputs.map(({ stderr }) => stderr)).toEqual(['', '', '']);
  });

  it('FT21: killed in the middle, leaves nothing behind that the next one would stumble over', async () => {
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    await blocker.query('begin; create table rewards (something_else int)');
    const killed = migrate({ DATABASE_URL: url });
    const fault = killed.catch((error: unknown) => error);
    const isStuck = async () =>
      (await query(url, `select from pg_stat_activity where wait_event_type = 'Lock'`)).length > 0;
    await expect.poll(isStuck).toBe(true);
    killed.child.kill('SIGKILL');
    expect(await fault).toMatchObject({ signal: 'SIGKILL' });
    await blocker.query('rollback');
    await blocker.end();
    expect((await migrate({ DATABASE_URL: url })).stdout.trim()).toBe(`Applied ${names.join(', ')}`);
  });

  it('ends with one line and a code that is not 0 where it is told no database', async () => {
    await expect(migrate({})).rejects.toMatchObject({ code: 1, stderr: 'DATABASE_URL is required\n' });
  });
});
