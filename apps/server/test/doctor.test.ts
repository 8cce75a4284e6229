import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type App, generateId } from '@linkgrove/api';
import { packAllEvents, reconcileCounts, rollUpDeltas, settleCredits } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { openDatabase } from '@linkgrove/db';
import { sql } from 'kysely';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { writeEvents } from './analytics/batches.ts';
import { CONVERSION_FAULTS, createConversionHistory } from './conversions/faults.ts';
import { BALANCES, FAULTS as REFERRAL_FAULTS, updateRow } from './doctor-faults.ts';
import {
  createReferralKit,
  crowd,
  type SignedUp,
  startTestServer,
  type TestServer,
  times,
  useTestServer,
} from './kit/index.ts';

/** Creates every kind of referral and ledger entry, some rolled up and some still as deltas. */
async function createHistory(server: TestServer): Promise<void> {
  const kit = createReferralKit(server);
  const admin = await kit.signUpAdmin();
  const decide = async (verb: string, who: SignedUp) => {
    expect((await kit.decide(admin, await kit.referralIdOf(who), verb)).status).toBe(200);
  };

  const ada = await kit.signUp();
  const [, early] = await kit.bring(ada, 2);
  // With the two before, which had no cap.
  const cap = { cap: 4, capPeriod: 'month' as const };
  await kit.runCampaign(admin, { ...cap, milestones: [{ referrals: 4, credits: 200 }] });
  await kit.visit(kit.codeOf(ada));
  const { items: pages } = (await kit.as(ada, 'GET', '/api/pages')).body;
  await kit.signUp({}, { cookie: await kit.visitCookie(`${kit.codeOf(ada)}?page=${pages[0].id}`) });
  // One after the other, so that the third finds the cap used up.
  const bringOne = async (referrer: SignedUp) => (await kit.bring(referrer, 1))[0] as SignedUp;
  const [bob, cy, dan] = [await bringOne(ada), await bringOne(ada), await bringOne(ada)];
  await kit.refer(ada);
  await kit.runScheduledJobs();

  const strangers = await times(3, async (n) => {
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    return kit.signUp({ email: `bot${n}@mailinator.com` }, { cookie });
  });
  await decide('approve', strangers[0] as SignedUp);
  await kit.verify(strangers[0] as SignedUp);
  await decide('reject', strangers[1] as SignedUp);
  expect(await kit.referralOf(strangers[2] as SignedUp)).toMatchObject({ status: 'review' });
  await decide('reverse', bob);
  await decide('reverse', early as SignedUp);
  expect((await kit.redeem(ada)).status).toBe(200);
  await kit.deleteAccount(dan);

  const link = await kit.as(cy, 'POST', '/api/referral-links', { maxUses: 3 });
  await crowd(2, 2, () => kit.signUp({ referralCode: link.body.code }));
  await kit.refer(ada);

  const item = { item: 'mug', kind: 'external', name: 'A mug', cost: 1 };
  await kit.as(admin, 'POST', '/api/admin/reward-items', item);
  const { id: mug } = (await kit.redeem(ada, undefined, { item: 'mug' })).body;
  const reason = 'No more mugs';
  expect((await kit.as(admin, 'POST', `/api/admin/redemptions/${mug}/cancel`, { reason })).status).toBe(200);

  // The credits are spent before the reversal, so the reward goes into review.
  await kit.runCampaign(admin, { referrerCredits: 100, milestones: [] });
  const friend = await bringOne(cy);
  expect((await kit.redeem(cy)).status).toBe(200);
  await decide('reverse', friend);

  await kit.runCampaign(admin, { holdDays: 14, milestones: [] });
  await bringOne(cy);
  await decide('reverse', await bringOne(cy));

  const at = new Date(Date.now() - 2 * 3_600_000).toISOString();
  await writeEvents(
    server.app,
    pages[0].id,
    Array.from({ length: 300 }, (_, n) => ({ at, country: n % 2 ? 'AT' : 'DE' })),
  );
  await packAllEvents(server.app);
}

const onServer = async (...statements: string[]) => {
  const { db, close } = openDatabase({ url: inject('databaseServerUrl') });
  for (const statement of statements) await sql.raw(statement).execute(db);
  await close();
};

const FAULTS = [...REFERRAL_FAULTS, ...CONVERSION_FAULTS];

const server = useTestServer();
beforeAll(async () => {
  await createHistory(server);
  await createConversionHistory(server);
  await requireHealthy(server.app);
  // A database can only be copied while nobody is connected to it.
  await server.app.close();
});

/** Copies the prepared database and adds a fault, with triggers and foreign keys switched off. */
async function withFault<T>(fault: string[], use: (copy: { db: App['db']; url: string }) => Promise<T>) {
  const url = new URL(server.databaseUrl);
  const [story, copy] = [url.pathname.slice(1), `fault_${generateId().replaceAll('-', '')}`];
  await onServer(`create database ${copy} template ${story} strategy file_copy`);
  url.pathname = copy;
  const { db, close } = openDatabase({ url: url.href });
  try {
    await db.transaction().execute(async (trx) => {
      await sql`set local session_replication_role = replica`.execute(trx);
      for (const statement of fault) {
        const { numAffectedRows } = await sql.raw(statement).execute(trx);
        if (!statement.startsWith('alter')) expect(Number(numAffectedRows)).toBeGreaterThan(0);
      }
    });
    return await use({ db, url: url.href });
  } finally {
    await close();
    await onServer(`drop database ${copy} with (force)`);
  }
}

const complaints = (db: App['db']): Promise<string> =>
  requireHealthy({ db }).then(
    () => '',
    (error: Error) => error.message,
  );
const wrongIn = (text: string) => [...text.matchAll(/^wrong {2}(.*?): \d+ of/gm)].map(([, name]) => name);

it.each(FAULTS)('the doctor finds %s', async (_what, fault, found) => {
  const names = await withFault(fault, async ({ db }) => wrongIn(await complaints(db)));
  expect(names).toEqual(found);
});

const root = new URL('../../..', import.meta.url).pathname;
type Ended = { code: number; stdout: string; stderr: string };
const doctor = (env: Record<string, string>): Promise<Ended> =>
  promisify(execFile)(process.execPath, ['packages/api/src/bin/doctor.ts'], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
  }).then(
    (output) => ({ code: 0, ...output }),
    (error: Ended) => error,
  );

describe('npm run doctor', () => {
  it('exits with 0 and one line per check when everything agrees, and every check has a fault in these tests', async () => {
    const { code, stdout } = await doctor({ DATABASE_URL: server.databaseUrl });
    const names = [...stdout.matchAll(/^ok {5}(.*?): [1-9]\d* × .*, \d+ ms$/gm)].map(([, name]) => name);
    expect([code, stdout.trim().split('\n').length]).toEqual([0, names.length]);
    expect(new Set(names)).toEqual(new Set(FAULTS.flatMap(([, , found]) => found)));
  });

  it('exits with 1 when something differs, and shows where with both numbers', async () => {
    const fault = ['update credit_accounts set balance = balance + 7, earned = earned + 8'];
    const { code, stdout } = await withFault(fault, ({ url }) => doctor({ DATABASE_URL: url }));
    expect(code).toBe(1);
    const shown = [
      ...stdout.matchAll(/: user ([0-9a-f-]{36}): (balance|earned) (-?\d+), expected (-?\d+)$/gm),
    ];
    const off = shown.map(([, , field, found, expected]) => [field, Number(found) - Number(expected)]);
    expect(off).toHaveLength(2 * new Set(shown.map(([, id]) => id)).size);
    for (const pair of off) expect(pair).toEqual(pair[0] === 'balance' ? ['balance', 7] : ['earned', 8]);
    expect(off.length).toBeGreaterThan(2);
  });

  it('counts all differences and shows the first twenty', async () => {
    const people = Array.from({ length: 25 }, () => `(gen_random_uuid(), 1, 1)`).join(', ');
    const fault = [`insert into credit_accounts (user_id, balance, earned) values ${people}`];
    const { stdout } = await withFault(fault, ({ url }) => doctor({ DATABASE_URL: url }));
    expect(stdout).toContain(`wrong  ${BALANCES}: 25 of `);
    expect(new Set(stdout.match(/user [0-9a-f-]{36}/g)).size).toBe(20);
  });

  it('exits with 2 when it cannot check', async () => {
    expect(await doctor({ DATABASE_URL: 'postgres://doctor:secret@127.0.0.1:1/none' })).toMatchObject({
      code: 2,
      stderr: 'The database cannot be reached\n',
    });
    const nowhere = mkdtempSync(join(tmpdir(), 'linkgrove-doctor-'));
    expect(await doctor({ DATA_DIR: nowhere })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('DATABASE_URL'),
    });
    const { code, stderr } = await doctor({ DATABASE_URL: inject('databaseServerUrl') });
    expect([code, stderr]).toEqual([2, expect.stringContaining('does not exist')]);
  });
});

it('the nightly check logs an alert with the differences, and nothing when everything agrees', async () => {
  const alarmsOf = async (fault: string[], databaseUrl: (url: string) => string | undefined) => {
    const alarms: unknown[] = [];
    const logger = { ...server.app.logger, error: (...line: unknown[]) => alarms.push(line[0]) };
    await withFault(fault, ({ db, url }) => {
      const config = { ...server.app.config, databaseUrl: databaseUrl(url) };
      return reconcileCounts({ db, config, logger: logger as never });
    });
    return alarms;
  };
  expect(await alarmsOf([], (url) => url)).toEqual([]);
  const fault = [updateRow('credit_accounts', 'balance = balance + 1')];
  const alarm = { alert: [{ name: BALANCES, compared: expect.any(Number), differing: 1 }] };
  expect(await alarmsOf(fault, (url) => url)).toEqual([alarm]);
  expect(await alarmsOf(fault, () => undefined)).toEqual([alarm]);
});

it('all checks pass at every moment while people sign up, verify and redeem and the worker rolls up', async () => {
  const busy = await startTestServer();
  const kit = createReferralKit(busy);
  const ada = await kit.signUp();
  let working = true;
  const work = crowd(60, 8, async () => {
    await kit.verify(await kit.refer(ada));
    await kit.redeem(ada);
  }).finally(() => (working = false));
  const upkeep = async () => {
    while (working) await Promise.all([rollUpDeltas(busy.app), settleCredits(busy.app)]);
  };
  const look = async () => {
    while (working) await requireHealthy(busy.app);
  };
  await Promise.all([work, upkeep(), look()]);
  await requireHealthy(busy.app);
  expect(await kit.readStats(ada)).toMatchObject({ signups: 60, successful: 60, creditsEarned: 825 });
  await busy.close();
});
