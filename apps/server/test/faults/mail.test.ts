import { setTimeout as sleep } from 'node:timers/promises';
import { generateId } from '@linkgrove/api';
import { tokenIn } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { cleanUpLater } from '../kit/index.ts';
import { BACKENDS, type Fleet, registerOnFleet, startFleet, expectWithin } from './fleet.ts';
import { type SmtpFault, startSmtpProxy } from './smtp-proxy.ts';

const FAULTS: SmtpFault[] = ['refuses', 'is silent', 'is slow', 'drops after the message'];

const openMessages = async ({ app }: Fleet) =>
  app.db.selectFrom('outbox').selectAll().where('done_at', 'is', null).execute();

describe.each(BACKENDS)('mail on %s', { timeout: 240_000 }, (backend) => {
  it('FT3: is sent at most once more, with the same Message-ID, when a worker is killed after the mail server accepted it', async () => {
    const release = Promise.withResolvers<void>();
    let holding: Promise<void> | undefined;
    // Locks the row once the mail is on its way, so that it is sent but cannot be marked as sent.
    const lockOnce = () =>
      new Promise<void>((resolve, reject) => {
        if (holding) return resolve();
        holding = fleet.app.db.transaction().execute(async (trx) => {
          await sql`select from outbox for update`.execute(trx);
          resolve();
          await release.promise;
        });
        holding.catch(reject);
      });
    const acceptLater = async (done: () => void) => {
      await lockOnce();
      done();
    };
    const fleet = await startFleet({
      backend,
      mailbox: { onMailFrom: (_address, _session, done) => void acceptLater(done) },
    });
    const server = await fleet.startServer();
    const { email } = await registerOnFleet(server.url);
    const worker = await fleet.startWorker();
    await expectWithin(30, () => fleet.mailbox.received.length).toBe(1);
    await sleep(200);
    await worker.kill();
    // PostgreSQL would still run the worker's last statement after the worker is gone.
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(fleet.app.db);
    release.resolve();
    await holding;
    await fleet.startWorker();
    await expectWithin(30, async () => (await openMessages(fleet)).length).toBe(0);
    const [first, ...more] = fleet.mailbox.received;
    expect(more.length).toBeLessThanOrEqual(1);
    for (const mail of more) {
      expect(mail.messageId).toBe(first?.messageId);
      expect(mail.to).toBe(email);
      if (first) expect(tokenIn(mail)).toBe(tokenIn(first));
    }
  });

  it('FT13: is retried after a 451 with growing delays until it is accepted', async () => {
    const attempts: number[] = [];
    const fleet = await startFleet({
      backend,
      mailbox: {
        onMailFrom: (_address, _session, done) => {
          attempts.push(performance.now());
          const error = Object.assign(new Error('Not now'), { responseCode: 451 });
          done(attempts.length <= 3 ? error : null);
        },
      },
    });
    await fleet.startWorker();
    const id = await fleet.addMail('ada@example.com');
    await expectWithin(30, async () => (await fleet.findMessage(id)).done_at !== null).toBe(true);
    expect(fleet.mailbox.received).toHaveLength(1);
    const [one = 0, two = 0, three = 0, four = 0] = attempts;
    // At least half a second, one second and two seconds, plus jitter.
    expect(two - one).toBeGreaterThan(450);
    expect(three - two).toBeGreaterThan(950);
    expect(four - three).toBeGreaterThan(1_950);
  });

  it('FT14: of high priority overtakes thousands of bulk mails, of which only a few are queued at a time', async () => {
    const fleet = await startFleet({ backend });
    const server = await fleet.startServer();
    const { email } = await registerOnFleet(server.url);
    const payload = JSON.stringify({ template: 'password-changed', to: 'bulk@example.com', username: 'all' });
    const rows = Array.from({ length: 10_000 }, () => ({
      id: generateId(),
      topic: 'mail.send-bulk',
      queue: 'bulk' as const,
      payload,
    }));
    for (let n = 0; n < rows.length; n += 5_000)
      await fleet.app.db
        .insertInto('outbox')
        .values(rows.slice(n, n + 5_000))
        .execute();
    await fleet.startWorker({ WORKER_RATE_BULK: '20/1s' });
    const relayed = async () =>
      (await openMessages(fleet)).filter(({ queue, relayed_at }) => queue === 'bulk' && relayed_at).length;
    await expectWithin(60, relayed).toBeGreaterThan(1_000);
    await server.call('POST', '/api/forgot-password', { body: { email } });
    await expectWithin(30, () =>
      fleet.mailbox.received.some(({ subject }) => subject.includes('Reset')),
    ).toBe(true);
    await sleep(1_000);
    expect(await relayed()).toBeLessThan(3_000);
    expect((await openMessages(fleet)).length).toBeGreaterThan(5_000);
  });
});

// A mail server behaves the same for both kinds of queue.
describe('mail', { timeout: 240_000 }, () => {
  const backend = BACKENDS.at(-1) ?? 'PostgreSQL';

  it.each(FAULTS)(
    'FT13: of sign-ups is delivered later when the mail server %s, and sign-ups continue',
    async (fault) => {
      const fleet = await startFleet({ backend });
      const proxy = await startSmtpProxy(fleet.mailbox.url);
      cleanUpLater(proxy.close);
      proxy.fault = fault;
      const server = await fleet.startServer({ SMTP_URL: proxy.url });
      await fleet.startWorker({ SMTP_URL: proxy.url, JOB_TIMEOUT: '2s', WORKER_CONCURRENCY_URGENT: '2' });
      const people: { email: string }[] = [];
      for (let n = 0; n < 4; n++) {
        const person = await registerOnFleet(server.url);
        expect(person.status).toBe(201);
        people.push(person);
      }
      await sleep(3_000);
      expect((await openMessages(fleet)).length).toBeGreaterThan(0);
      proxy.fault = 'none';
      await expectWithin(60, async () => (await openMessages(fleet)).length).toBe(0);
      for (const { email } of people) {
        const mails = fleet.mailbox.received.filter(({ to }) => to === email);
        expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1);
      }
    },
  );

  it('FT48: outlives a mail server that refuses our password, and is sent once it is right', async () => {
    let refusals = 0;
    const fleet = await startFleet({
      backend,
      mailbox: {
        authOptional: false,
        allowInsecureAuth: true,
        onAuth: ({ password }, _session, done) => {
          if (password === 'new') return done(null, { user: 'us' });
          refusals += 1;
          done(Object.assign(new Error('Authentication credentials invalid'), { responseCode: 535 }));
        },
      },
    });
    const env = (password: string) => ({
      SMTP_URL: fleet.mailbox.url.replace('//', `//us:${password}@`),
      JOB_ATTEMPTS: '1',
    });
    const worker = await fleet.startWorker(env('old'));
    const id = await fleet.addMail('ada@example.com');
    // More often than it has attempts.
    await expectWithin(60, () => refusals).toBeGreaterThan(2);
    expect(await fleet.findMessage(id)).toMatchObject({ done_at: null, failed_at: null });
    await worker.kill();
    await fleet.startWorker(env('new'));
    await expectWithin(30, async () => (await fleet.findMessage(id)).done_at !== null).toBe(true);
    expect(fleet.mailbox.received.map(({ to }) => to)).toEqual(['ada@example.com']);
  });

  it('FT13: is tried once after a 550, and the reason is recorded', async () => {
    let attempts = 0;
    const fleet = await startFleet({
      backend,
      mailbox: {
        onRcptTo: (_address, _session, done) => {
          attempts += 1;
          done(Object.assign(new Error('No such mailbox'), { responseCode: 550 }));
        },
      },
    });
    await fleet.startWorker();
    const id = await fleet.addMail('gone@example.com');
    await expectWithin(30, async () => (await fleet.findMessage(id)).failed_at !== null).toBe(true);
    await sleep(2_000);
    expect(attempts).toBe(1);
    expect(await fleet.findMessage(id)).toMatchObject({
      done_at: null,
      last_error: expect.stringContaining('No such mailbox'),
    });
  });

  it('FT13: is not sent when its link has expired while it waited', async () => {
    const fleet = await startFleet({ backend });
    const server = await fleet.startServer();
    await registerOnFleet(server.url);
    await fleet.app.db
      .updateTable('email_tokens')
      .set({ expires_at: sql<Date>`now() - interval '1 second'` })
      .execute();
    await fleet.startWorker();
    await expectWithin(30, async () => (await openMessages(fleet)).length).toBe(0);
    expect(fleet.mailbox.received).toEqual([]);
  });
});
