import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
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
  it('is numbered from 1 without gaps', () => {
    const numbers = names.map((name) => Number(/^(\d{4})-[a-z-]+$/.exec(name)?.[1]));
    expect(numbers).toEqual(names.map((_, index) => index + 1));
  });

  it('has one file per migration, named like its key', async () => {
    const folder = new URL('./migrations/', import.meta.url);
    const files = (await readdir(folder)).filter((file) => file !== 'index.ts').toSorted();
    expect(files).toEqual(names.map((name) => `${name}.ts`));
    for (const name of names) expect(await import(new URL(`${name}.ts`, folder).href)).toBe(migrations[name]);
  });
});

describe('migrateToLatest', () => {
  it('applies every migration to an empty database, oldest first, and none a second time', async () => {
    expect(await migrateToLatest(url)).toEqual(names);
    expect((await tables()).map((row) => row.tablename)).toContain('users');
    expect(await migrateToLatest(url)).toEqual([]);
  });

  it('applies each migration once when called three times at once', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrateToLatest(url)));
    expect(applied.toSorted((a, b) => b.length - a.length)).toEqual([names, [], []]);
    expect(await query(url, 'select name from kysely_migration order by name')).toEqual(
      names.map((name) => ({ name })),
    );
  });

  it('throws the error of a failing migration, rolls it back, and continues with it later', async () => {
    await query(url, 'create table credit_accounts (something_else int)');
    await expect(migrateToLatest(url)).rejects.toMatchObject({
      message: 'relation "credit_accounts" already exists',
    });
    expect((await tables()).map((row) => row.tablename)).toContain('users');
    const applied = await query(url, 'select name from kysely_migration order by name');
    expect(applied).toEqual(names.slice(0, applied.length).map((name) => ({ name })));
    await query(url, 'drop table credit_accounts');
    expect(await migrateToLatest(url)).toEqual(names.slice(applied.length));
  });

  it('leaves a database alone that a newer version migrated, so that a release can be rolled back', async () => {
    await migrateToLatest(url);
    await query(
      url,
      `insert into kysely_migration values ('9999-of-the-future', '2026-01-01T00:00:00.000Z')`,
    );
    expect(await migrateToLatest(url)).toEqual([]);
  });

  it('refuses a database that has a later migration but lacks an earlier one', async () => {
    await migrateToLatest(url);
    const [last] = names.slice(-1);
    await query(url, `update kysely_migration set name = '9999-of-another-branch' where name = '${last}'`);
    await expect(migrateToLatest(url)).rejects.toThrow(new RegExp(`9999-of-another-branch, but not ${last}`));
  });

  it('waits for a lock on a table in short turns, so that nobody queues behind it for long', async () => {
    await migrateToLatest(url);
    await query(url, `delete from kysely_migration where name >= '0031'`);
    await query(url, 'drop table referral_slots cascade');
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from referral_deltas');
    const outcome = migrateToLatest(url).catch((error: unknown) => error);
    const waiting = `select from pg_locks where not granted and relation = 'referral_deltas'::regclass`;
    await expect.poll(() => query(url, waiting)).toHaveLength(1);
    await expect.poll(() => query(url, waiting)).toHaveLength(0);
    await holder.end();
    // The columns are there already, which it finds out once it gets the lock.
    expect(await outcome).toMatchObject({ message: expect.stringContaining('already exists') });
  });

  it('builds an index again that an interrupted run left invalid', async () => {
    const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0043'));
    const { db, close } = openDatabase({ url });
    await new Migrator({ db, provider: { getMigrations: async () => before } }).migrateToLatest();
    await close();
    const index = 'sessions_end_idx';
    await query(url, `create index ${index} on sessions (id)`);
    await query(url, `update pg_index set indisvalid = false where indexrelid = '${index}'::regclass`);
    await migrateToLatest(url);
    expect(
      await query(url, `select indisvalid from pg_index where indexrelid = '${index}'::regclass`),
    ).toEqual([{ indisvalid: true }]);
  });
});

describe('a database made before the migrations were renumbered', () => {
  const OLD_NAMES = {
    '0014-pages': '0020-pages',
    '0015-handles': '0021-handles',
    '0016-blocks': '0022-blocks',
    '0017-queues-by-urgency': '0035-queues-by-urgency',
    '0018-handles-of-deleted-accounts': '0036-handles-of-who-left',
    '0019-reward-review': '0037-reward-review',
  };
  const toOldName = (name: string) => Object.entries(OLD_NAMES).find(([key]) => key === name)?.[1] ?? name;

  async function describeSchema(): Promise<unknown> {
    const columns = await query(
      url,
      `select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
        where table_schema = 'public' order by 1, 2`,
    );
    const constraints = await query(
      url,
      `select conrelid::regclass::text as "table", conname, pg_get_constraintdef(oid) as definition
        from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`,
    );
    const indexes = await query(
      url,
      `select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1`,
    );
    const triggers = await query(
      url,
      `select tgname, pg_get_triggerdef(oid) as definition from pg_trigger where not tgisinternal order by 1`,
    );
    return { columns, constraints, indexes, triggers };
  }

  /** Migrates as the earlier version did, up to `count` migrations under their old names. */
  async function migrateWithOldNames(count: number): Promise<void> {
    const old = Object.fromEntries(
      Object.entries(migrations)
        .slice(0, count)
        .map(([name, migration]) => [toOldName(name), migration]),
    );
    const { db, close } = openDatabase({ url });
    const { error } = await new Migrator({
      db,
      provider: { getMigrations: async () => old },
    }).migrateToLatest();
    await close();
    expect(error).toBeUndefined();
  }

  it('gets the new names and applies nothing again', async () => {
    await migrateWithOldNames(19);
    const times = await query(url, 'select timestamp from kysely_migration order by name');
    expect(await migrateToLatest(url)).toEqual(names.slice(19));
    expect(await query(url, 'select name from kysely_migration order by name')).toEqual(
      names.map((name) => ({ name })),
    );
    expect((await query(url, 'select timestamp from kysely_migration order by name')).slice(0, 19)).toEqual(
      times,
    );
  });

  it('ends in the same schema as a fresh database, even if it stopped halfway', async () => {
    await migrateWithOldNames(16);
    expect(await migrateToLatest(url)).toEqual(names.slice(16));
    const migrated = await describeSchema();
    await query(url, 'drop schema public cascade; create schema public');
    await migrateToLatest(url);
    expect(migrated).toEqual(await describeSchema());
  });
});

describe('a user who signed up before pages existed', () => {
  it('gets a page under the username, unless the account is deleted', async () => {
    const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0014'));
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
        const person = { username, email, email_canonical: email, password_hash: email };
        await trx
          .insertInto('users')
          .values({ id, ...person, referral_code: code, deleted_at })
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

describe('successes that were reversed before reversals were counted', () => {
  const [ada, link] = ['01980000-0000-7000-8000-00000000000a', '01980000-0000-7000-8000-00000000000b'];
  const first = '01980000-0000-7000-8000-0000000000';

  it('are back on their day, and their reversals on theirs, whether they were rolled up or not', async () => {
    const { db, close } = openDatabase({ url });
    const earlier = Object.fromEntries(
      Object.entries(migrations).filter(([name]) => name < '0031-referral-series'),
    );
    await new Migrator({ db, provider: { getMigrations: async () => earlier } }).migrateToLatest();
    await close();
    // Three successes on the 1st; one is reversed and rolled up on the 2nd, one reversed since and waiting.
    await query(
      url,
      `set session_replication_role = replica;
      insert into users (id, referral_code, deleted_at) values ('${ada}', 'ada-code', now());
      insert into referral_links (id, user_id, code) values ('${link}', '${ada}', 'ada-code');
      insert into referrals (id, referrer_id, referred_user_id, link_id, campaign_version_id)
      select ('${first}' || n)::uuid, '${ada}', gen_random_uuid(), '${link}', gen_random_uuid()
        from generate_series(11, 13) n;
      insert into referral_events (referral_id, from_status, to_status, created_at)
      select id, 'pending', 'successful', '2026-01-01T10:00Z' from referrals;
      insert into referral_events (referral_id, from_status, to_status, created_at)
      values ('${first}11', 'successful', 'rejected', '2026-01-02T10:00Z'),
        ('${first}12', 'successful', 'rejected', '2026-01-02T20:00Z');
      insert into referral_daily (referrer_id, day, visits, signups, successful)
      values ('${ada}', '2026-01-01', 5, 3, 3), ('${ada}', '2026-01-02', 0, 0, -1);
      insert into referral_deltas (referrer_id, link_id, day, successful, rejected)
      values ('${ada}', '${link}', '2026-01-02', -1, 1)`,
    );
    await migrateToLatest(url);
    const counts = 'visits, signups, successful, reversed, undone';
    expect(
      await query(url, `select day::text, ${counts} from referral_daily order by day`).then(toNumbers),
    ).toEqual([
      { day: '2026-01-01', visits: 5, signups: 3, successful: 3, reversed: 0, undone: 2 },
      { day: '2026-01-02', visits: 0, signups: 0, successful: 0, reversed: 1, undone: 0 },
    ]);
    expect(await query(url, 'select successful, reversed from referral_deltas')).toEqual([
      { successful: -1, reversed: 1 },
    ]);
    expect(await query(url, `select ${counts} from referral_slots order by slot`).then(toNumbers)).toEqual([
      { visits: 5, signups: 3, successful: 3, reversed: 0, undone: 2 },
      { visits: 0, signups: 0, successful: 0, reversed: 1, undone: 0 },
    ]);
  });

  const toNumbers = (rows: unknown[]) =>
    (rows as Record<string, string>[]).map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, name === 'day' ? value : Number(value)]),
      ),
    );
});

describe('a user with pages from before workspaces', () => {
  const [ADA, GONE, PAGE, LATER] = [
    '01900000-0000-7000-8000-000000000001',
    '01900000-0000-7000-8000-000000000002',
    '01900000-0000-7000-8000-000000000003',
    '01900000-0000-7000-8000-000000000004',
  ] as const;
  const insertUser = (id: string, name: string | null) => `
    begin;
    insert into users (id, username, email, email_canonical, password_hash, referral_code, deleted_at)
      values ('${id}', ${name ? `'${name}', '${name}@example.com', '${name}@example.com', 'x'` : 'null, null, null, null'},
        'code-${id.slice(-1)}', ${name ? 'null' : 'now()'});
    insert into referral_links (id, user_id, code) values ('${id}', '${id}', 'code-${id.slice(-1)}');
    insert into referral_codes (code, link_id, user_id) values ('code-${id.slice(-1)}', '${id}', '${id}');
    commit`;
  /** As the release before this migration stores them, the handle first. */
  const insertPage = (id: string, userId: string, handle: string, slot = 1) => `
    with handle as (
      insert into handles (handle, state, user_id, page_id) values ('${handle}', 'active', '${userId}', '${id}')
    )
    insert into pages (id, user_id, slot, handle, title, theme, seo)
      values ('${id}', '${userId}', ${slot}, '${handle}', '${handle}', '{}', '{}')`;

  it('owns them through a personal workspace, and a server of the earlier release can still sign people up', async () => {
    const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0026'));
    const { db, close } = openDatabase({ url });
    await new Migrator({ db, provider: { getMigrations: async () => before } }).migrateToLatest();
    await close();
    await query(url, insertUser(ADA, 'ada'));
    await query(url, insertUser(GONE, null));
    await query(url, insertPage(PAGE, ADA, 'ada'));
    await query(
      url,
      `insert into handles (handle, state, user_id, until) values ('former', 'held', '${ADA}', now() + interval '1 day')`,
    );
    await migrateToLatest(url);
    await query(url, insertUser(LATER, 'later'));
    await query(url, insertPage(LATER, LATER, 'later'));
    await query(url, insertPage('01900000-0000-7000-8000-000000000005', LATER, 'later-2', 2));
    expect(
      await query(
        url,
        `select w.id, w.user_id, w.kind, w.name, m.role from workspaces w
          join workspace_members m on m.workspace_id = w.id and m.user_id = w.user_id order by w.id`,
      ),
    ).toEqual([
      { id: ADA, user_id: ADA, kind: 'personal', name: 'ada', role: 'owner' },
      { id: LATER, user_id: LATER, kind: 'personal', name: 'later', role: 'owner' },
    ]);
    expect(
      await query(
        url,
        `select handle, workspace_id from handles where workspace_id is not null
          union select handle, workspace_id from pages order by 1`,
      ),
    ).toEqual([
      { handle: 'ada', workspace_id: ADA },
      { handle: 'former', workspace_id: ADA },
      { handle: 'later', workspace_id: LATER },
      { handle: 'later-2', workspace_id: LATER },
    ]);
  });
});

describe('a database whose users verified one mailbox in several spellings', () => {
  /** Migrates to the version before and stores users: username, canonical address, whether it is verified. */
  async function storeUsers(users: [string, string, boolean][]): Promise<void> {
    const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0020'));
    const { db, close } = openDatabase({ url });
    await new Migrator({ db, provider: { getMigrations: async () => before } }).migrateToLatest();
    for (const [index, [username, canonical, isVerified]] of users.entries()) {
      const id = `01900000-0000-7000-8000-0000000000${10 + index}`;
      const verifiedAt = isVerified ? `'2026-01-${20 - index}'` : 'null';
      await query(
        url,
        `begin; set constraints all deferred;
          insert into users (id, username, email, email_canonical, password_hash, referral_code, email_verified_at)
            values ('${id}', '${username}', '${username}@example.com', '${canonical}', 'x', 'code-${index}', ${verifiedAt});
          insert into referral_links (id, user_id, code) values ('${id}', '${id}', 'code-${index}');
          insert into referral_codes (code, link_id, user_id) values ('code-${index}', '${id}', '${id}');
          commit`,
      );
    }
    await close();
  }

  it('keeps the first to verify it, folds addresses by provider, and protects every username', async () => {
    await storeUsers([
      ['second', 'ada@example.com', true],
      ['First', 'ada@example.com', true],
      ['third', 'ada@example.com', false],
      ['yahoo', 'ada-news@yahoo.co.uk', true],
      ['dashed', 'ada-news@example.com', true],
      ['proton', 'a.d-a@pm.me', true],
      ['apple', 'ada@mac.com', true],
      ['yandex', 'a.d.a@ya.ru', true],
      ['fastmail', 'news@ada.fastmail.com', true],
      ['gmail', 'ada@gmail.com', true],
    ]);
    await query(
      url,
      `insert into handles (handle, state, until) values ('third', 'held', now() - interval '1 day')`,
    );
    await migrateToLatest(url);
    expect(
      await query(
        url,
        `select username, email_canonical, handle, h.state, until from users u
          left join handles h on h.user_id = u.id order by u.id`,
      ),
    ).toEqual(
      [
        ['second', 'ada@example.com#01900000-0000-7000-8000-000000000010'],
        ['First', 'ada@example.com'],
        ['third', 'ada@example.com'],
        ['yahoo', 'ada@yahoo.co.uk'],
        ['dashed', 'ada-news@example.com'],
        ['proton', 'ada@proton.me'],
        ['apple', 'ada@icloud.com'],
        ['yandex', 'a-d-a@yandex.ru'],
        ['fastmail', 'ada@fastmail.com'],
        ['gmail', 'ada@gmail.com'],
      ].map(([username = '', email_canonical]) => ({
        username,
        email_canonical,
        handle: username.toLowerCase(),
        state: 'held',
        until: null,
      })),
    );
  });
});

describe('the migrate program', () => {
  const migrate = (env: NodeJS.ProcessEnv) => run(process.execPath, [PROGRAM], { env });

  it('succeeds in three processes that start at once, and one of them applies all migrations', async () => {
    const outputs = await Promise.all([1, 2, 3].map(() => migrate({ DATABASE_URL: url })));
    expect(outputs.map(({ stdout }) => stdout.trim()).toSorted()).toEqual([
      `Applied ${names.join(', ')}`,
      'The schema is up to date',
      'The schema is up to date',
    ]);
    expect(outputs.map(({ stderr }) => stderr)).toEqual(['', '', '']);
  });

  it('waits for another process without an open transaction, for whose end a concurrent index could wait', async () => {
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query('begin; select pg_advisory_xact_lock(7214034)');
    const migrating = migrateToLatest(url);
    const countWaiting = async () =>
      (
        await query(
          url,
          `select from pg_stat_activity where datname = current_database() and state = 'idle' and query = 'commit'`,
        )
      ).length;
    await expect.poll(countWaiting).toBe(1);
    await other.end();
    expect(await migrating).toEqual(names);
  });

  it('FT21: leaves nothing behind that blocks the next run when it is killed', async () => {
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    await blocker.query('begin; create table rewards (something_else int)');
    const killed = migrate({ DATABASE_URL: url });
    const fault = killed.catch((error: unknown) => error);
    const isStuck = async () =>
      (
        await query(
          url,
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
      ).length > 0;
    await expect.poll(isStuck).toBe(true);
    killed.child.kill('SIGKILL');
    expect(await fault).toMatchObject({ signal: 'SIGKILL' });
    await blocker.query('rollback');
    await blocker.end();
    const earlier = (await query(url, 'select from kysely_migration')).length;
    expect((await migrate({ DATABASE_URL: url })).stdout.trim()).toBe(
      `Applied ${names.slice(earlier).join(', ')}`,
    );
  });

  it('exits with code 1 and one line of text if the database cannot be reached or migrated', async () => {
    await expect(migrate({ DATABASE_URL: 'postgres://127.0.0.1:1/none' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Cannot migrate the database: .*ECONNREFUSED.*\n$/),
    });
    await query(url, 'create table users (something_else int)');
    await expect(migrate({ DATABASE_URL: url })).rejects.toMatchObject({
      code: 1,
      stderr: 'Cannot migrate the database: relation "users" already exists\n',
    });
  });

  it('exits with code 1 and one line of text without DATABASE_URL', async () => {
    await expect(migrate({})).rejects.toMatchObject({ code: 1, stderr: 'DATABASE_URL is required\n' });
  });
});
