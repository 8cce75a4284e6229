import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type Env, listCapturedMail, generateId } from '@linkgrove/api';
import { type App, createApp, releaseMessages } from '@linkgrove/api/jobs';
import { type Mailbox, startMailbox, testConfig } from '@linkgrove/api/testing';
import { cloneDatabase } from '@linkgrove/db/testing';
import { sql } from 'kysely';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { type RunningWorker, startWorker } from '../src/worker.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const mailboxFor = async (options?: Parameters<typeof startMailbox>[0]): Promise<Mailbox> => {
  const mailbox = await startMailbox(options);
  cleanUps.push(mailbox.close);
  return mailbox;
};

/** Starts an app on its own database, with `workers` workers. */
async function start(env: Env, workers = 1): Promise<{ app: App; databaseUrl: string }> {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  const logger = createLogger({ level: 'silent', name: 'test' });
  const app = await createApp({ config: testConfig(env), databaseUrl: database.url, logger });
  cleanUps.push(database.drop, app.close);
  const running: RunningWorker[] = [];
  for (let n = 0; n < workers; n++)
    running.push(await startWorker(app, { databaseUrl: database.url, pollMs: 10 }));
  cleanUps.push(() => Promise.all(running.map((worker) => worker.close())));
  return { app, databaseUrl: database.url };
}

async function leave(app: App, topic: string, payload: object): Promise<string> {
  const id = generateId();
  await app.db
    .insertInto('outbox')
    .values({ id, topic, payload: JSON.stringify(payload) })
    .execute();
  return id;
}
const leaveMail = (app: App, to: string) =>
  leave(app, 'mail.send', { template: 'password-changed', to, username: 'ada' });
const message = (app: App, id: string) =>
  app.db.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const isDone = (app: App, id: string) => async () => (await message(app, id)).done_at !== null;

describe('a mail', () => {
  it('is sent once, even with three workers and messages that are relayed repeatedly', async () => {
    const mailbox = await mailboxFor();
    const { app } = await start({ SMTP_URL: mailbox.url }, 3);
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, n) => leaveMail(app, `person${n}@example.com`)),
    );
    for (let n = 0; n < 10; n++)
      await sql`update outbox set relayed_at = null where done_at is null`.execute(app.db);
    for (const id of ids) await expect.poll(isDone(app, id)).toBe(true);
    await sql`update outbox set relayed_at = null`.execute(app.db);
    await expect
      .poll(
        async () =>
          (
            await sql<{ n: number }>`select count(*) as n from outbox where relayed_at is null`.execute(
              app.db,
            )
          ).rows[0]?.n,
      )
      .toBe(0);
    expect(mailbox.received.map(({ to }) => to).toSorted()).toEqual(
      ids.map((_, n) => `person${n}@example.com`).toSorted(),
    );
    expect(new Set(mailbox.received.map(({ messageId }) => messageId)).size).toBe(40);
  });

  it('is retried after a temporary rejection and then arrives once', async () => {
    let refusals = 2;
    const mailbox = await mailboxFor({
      onRcptTo: (_address, _session, done) => {
        const error = Object.assign(new Error('Try later'), { responseCode: 451 });
        done(refusals-- > 0 ? error : null);
      },
    });
    const { app } = await start({ SMTP_URL: mailbox.url });
    const id = await leaveMail(app, 'ada@example.com');
    await expect.poll(isDone(app, id)).toBe(true);
    expect(mailbox.received).toHaveLength(1);
    expect(mailbox.received[0]?.messageId).toContain(id);
    expect((await message(app, id)).failed_at).toBeNull();
  });

  it('fails at once, with the reason, after a permanent rejection', async () => {
    let attempts = 0;
    const mailbox = await mailboxFor({
      onRcptTo: (_address, _session, done) => {
        attempts += 1;
        done(Object.assign(new Error('No such mailbox'), { responseCode: 550 }));
      },
    });
    const { app } = await start({ SMTP_URL: mailbox.url });
    const id = await leaveMail(app, 'gone@example.com');
    await expect.poll(async () => (await message(app, id)).failed_at).not.toBeNull();
    expect((await message(app, id)).last_error).toContain('No such mailbox');
    expect((await message(app, id)).done_at).toBeNull();
    expect(attempts).toBe(1);
  });

  it('has one recipient, even if the address contains a comma', async () => {
    const mailbox = await mailboxFor();
    const { app } = await start({ SMTP_URL: mailbox.url });
    await leaveMail(app, 'a@example.com,b@example.com');
    const good = await leaveMail(app, 'c@example.com');
    await expect.poll(isDone(app, good)).toBe(true);
    for (const { recipients } of mailbox.received) expect(recipients).toHaveLength(1);
    expect(mailbox.received.some(({ to }) => to === 'b@example.com')).toBe(false);
  });

  it('is stored under DATA_DIR without an SMTP server', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'linkgrove-mail-'));
    const { app } = await start({ DATA_DIR: dataDir });
    const id = await leaveMail(app, 'ada@example.com');
    await expect.poll(isDone(app, id)).toBe(true);
    const [mail] = await listCapturedMail(dataDir);
    expect(mail).toMatchObject({ to: 'ada@example.com', subject: 'Your password was changed' });
  });
});

it('a message with an unknown topic does not delay the others', async () => {
  const mailbox = await mailboxFor();
  const { app } = await start({ SMTP_URL: mailbox.url });
  await leave(app, 'nobody.handles-this', {});
  await leave(app, 'mail.send', { template: 'verify-email' });
  const good = await leaveMail(app, 'ada@example.com');
  await expect.poll(isDone(app, good)).toBe(true);
});

it('a reset request for an unknown address sends no mail', async () => {
  const mailbox = await mailboxFor();
  const { app } = await start({ SMTP_URL: mailbox.url });
  const id = await leave(app, 'auth.password-reset-requested', {
    email: 'nobody@example.com',
    origin: { requestId: 'test', ip: '127.0.0.1', userAgent: null },
  });
  await expect.poll(isDone(app, id)).toBe(true);
  expect(mailbox.received).toEqual([]);
});

it('a message that stays in a queue for too long is relayed again', async () => {
  const mailbox = await mailboxFor();
  const { app } = await start({ SMTP_URL: mailbox.url });
  const id = generateId();
  const payload = JSON.stringify({ template: 'password-changed', to: 'ada@example.com', username: 'ada' });
  const lost = new Date(Date.now() - 6 * 60_000);
  await app.db.insertInto('outbox').values({ id, topic: 'mail.send', payload, relayed_at: lost }).execute();
  await releaseMessages(app);
  await expect.poll(isDone(app, id)).toBe(true);
  expect(mailbox.received).toHaveLength(1);
});

it('a scheduled job rolls up referral counts, including negative deltas', async () => {
  const { app } = await start({ SMTP_URL: 'smtp://127.0.0.1:1' });
  const [owner, link] = [generateId(), generateId()];
  await app.db.transaction().execute(async (trx) => {
    const user = {
      id: owner,
      username: 'ada',
      email: 'ada@example.com',
      email_canonical: 'ada@example.com',
      password_hash: 'x',
      referral_code: 'abcdefgh',
    };
    await trx.insertInto('users').values(user).execute();
    await trx.insertInto('referral_links').values({ id: link, user_id: owner, code: 'abcdefgh' }).execute();
    await trx
      .insertInto('referral_codes')
      .values({ code: 'abcdefgh', link_id: link, user_id: owner })
      .execute();
  });
  const totals = () =>
    app.db
      .selectFrom('referral_totals')
      .select(['visits', 'signups', 'pending', 'successful'])
      .where('link_id', '=', link)
      .executeTakeFirst();
  const append = (delta: Record<string, number>) =>
    app.db
      .insertInto('referral_deltas')
      .values({ referrer_id: owner, link_id: link, ...delta })
      .execute();
  const eventually = (expected: object) =>
    expect.poll(totals).toEqual({ visits: 0, pending: 0, successful: 0, ...expected });
  await append({ visits: 3 });
  await append({ signups: 2, pending: 2 });
  await eventually({ visits: 3, signups: 2, pending: 2 });
  // A verification after its sign-up was rolled up.
  await append({ pending: -1, successful: 1 });
  await eventually({ visits: 3, signups: 2, pending: 1, successful: 1 });
  expect(await app.db.selectFrom('referral_deltas').select('id').execute()).toEqual([]);
});

it('a scheduled job empties the trash of pages and blocks', async () => {
  const { app, databaseUrl } = await start({ SMTP_URL: 'smtp://127.0.0.1:1' }, 0);
  const { db } = app;
  const [owner, page, kept, spent] = [generateId(), generateId(), generateId(), generateId()];
  const old = new Date(Date.now() - 31 * 86_400_000);
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('users')
      .values({
        id: owner,
        username: 'grace',
        email: 'grace@example.com',
        email_canonical: 'grace@example.com',
        password_hash: 'x',
        referral_code: 'ghijklmn',
      })
      .execute();
    await trx.insertInto('referral_links').values({ id: owner, user_id: owner, code: 'ghijklmn' }).execute();
    await trx
      .insertInto('referral_codes')
      .values({ code: 'ghijklmn', link_id: owner, user_id: owner })
      .execute();
    const workspace = {
      id: owner,
      user_id: owner,
      kind: 'personal' as const,
      name: 'grace',
      slug: 'personal',
    };
    await trx.insertInto('workspaces').values(workspace).execute();
    const shape = { user_id: owner, workspace_id: owner, slot: 1, title: 'x', theme: '{}', seo: '{}' };
    await trx
      .insertInto('pages')
      .values([
        { id: page, ...shape, handle: 'grace' },
        { id: kept, ...shape, slot: 2, handle: 'kept' },
        { id: spent, ...shape, slot: 3, handle: 'spent', deleted_at: old },
      ])
      .execute();
    const block = { type: 'heading' as const, title: 'x', data: '{}', rank: 'a0' };
    await trx
      .insertInto('blocks')
      .values([
        { id: kept, page_id: page, ...block },
        { id: spent, page_id: page, ...block, deleted_at: old },
      ])
      .execute();
  });
  const worker = await startWorker(app, { databaseUrl, pollMs: 10 });
  cleanUps.push(worker.close);
  const idsOf = async (table: 'pages' | 'blocks') =>
    (await db.selectFrom(table).select('id').execute()).map(({ id }) => id);
  await expect.poll(() => idsOf('pages')).not.toContain(spent);
  await expect.poll(() => idsOf('blocks')).toEqual([kept]);
  expect((await idsOf('pages')).toSorted()).toEqual([page, kept].toSorted());
});
