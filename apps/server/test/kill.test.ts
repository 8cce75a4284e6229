import { setTimeout as sleep } from 'node:timers/promises';
import { type Mailbox, requireHealthy, startMailbox, testEnv, tokenIn } from '@linkgrove/api/testing';
import { type Db, openDatabase } from '@linkgrove/db';
import { cloneDatabase } from '@linkgrove/db/testing';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { call, keepMessages, type SignedUp, signUpPerson, TERMS, times } from './kit/index.ts';
import { type Clients, createKillClients } from './kill-clients.ts';
import { type Program, createProgram } from './kill-programs.ts';

// Two production servers and a worker are killed repeatedly under load.

/** How often each kind of fault happens; `all` kills three processes. */
const BLOWS = { server: 12, worker: 2, all: 2, connections: 4 };
const KILLS = BLOWS.server + BLOWS.worker + 3 * BLOWS.all;

const cleanUps: (() => unknown)[] = [];
let db: Db;
let mailbox: Mailbox;
let servers: [Program, Program];
let worker: Program;
let clients: Clients;
let ada: SignedUp;
let admin: SignedUp;

beforeAll(async () => {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  // The name protects this connection from being cut.
  const own = openDatabase({ url: `${database.url}?application_name=witness` });
  db = own.db;
  await keepMessages({ app: own });
  mailbox = await startMailbox();
  cleanUps.push(database.drop, own.close, mailbox.close);
  const env = testEnv({ DATABASE_URL: database.url, SMTP_URL: mailbox.url });
  const serverEnv = { ...env, LOG_LEVEL: 'info' };
  servers = [createProgram('server', serverEnv), createProgram('server', serverEnv)];
  worker = createProgram('worker', env);
  const programs = [...servers, worker];
  cleanUps.push(() => Promise.all(programs.map((program) => program.kill())));
  const first = [servers[0], worker];
  await Promise.all(first.map((program) => program.start()));
  await prepare(servers[0].url() ?? '');
  // A clean exit stores the compile cache, so that killed programs restart faster.
  await Promise.all(first.map((program) => program.stop()));
  await Promise.all(programs.map((program) => program.start()));
  const urls = () => servers.flatMap((server) => server.url() ?? []);
  clients = createKillClients({ urls, mailbox, ada, admin });
}, 120_000);
afterAll(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
});

/** Creates an administrator, a campaign with a cap and milestones, and a verified referrer. */
async function prepare(url: string): Promise<void> {
  [admin, ada] = [await signUpPerson(url), await signUpPerson(url)];
  await db.updateTable('users').set({ role: 'admin' }).where('id', '=', admin.user.id).execute();
  const terms = {
    ...TERMS,
    referrerCredits: 150,
    cap: 30,
    milestones: [5, 10, 20].map((referrals) => ({ referrals, credits: 25 })),
  };
  const postAsAdmin = (path: string, body?: object) => call(url, 'POST', path, { token: admin.token, body });
  const { body } = await postAsAdmin('/api/admin/referral-campaigns', { name: 'Under fire', terms });
  expect((await postAsAdmin(`/api/admin/referral-campaigns/${body.id}/start`)).status).toBe(200);
  const token = tokenIn(await mailbox.waitFor(ada.email, 'Verify'));
  expect((await postAsAdmin('/api/verify-email', { token })).status).toBe(200);
}

type Blow = { at: Program[]; strike: () => Promise<unknown> };

/** Cuts about half of the database connections. */
const cut = () =>
  sql`
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name <> 'witness' and random() < 0.5`.execute(db);

const restarts: Promise<void>[] = [];
const blowAt = (...at: Program[]): Blow => ({
  at,
  strike: async () => {
    await Promise.all(at.map((program) => program.kill()));
    restarts.push(...at.map((program) => program.start()));
  },
});

const shuffled = <T>(all: T[]): T[] => all.toSorted(() => Math.random() - 0.5);
const repeat = (count: number, blow: (n: number) => Blow) => Array.from({ length: count }, (_, n) => blow(n));

function planBlows(): Blow[] {
  const others = shuffled([
    ...repeat(BLOWS.server, (n) => blowAt(servers[n % 2 === 0 ? 0 : 1])),
    ...repeat(BLOWS.connections, () => ({ at: [], strike: cut })),
  ]);
  const worst = [
    ...repeat(BLOWS.worker, () => blowAt(worker)),
    ...repeat(BLOWS.all, () => blowAt(...servers, worker)),
  ];
  // A killed worker's jobs resume after seconds, so no worker is killed near the end.
  return [...shuffled([...worst, ...others.slice(0, 6)]), ...others.slice(6)];
}

/** False after the last blow or after a failure. */
let striking = true;

/** Strikes in the middle of the work, choosing programs that are running. */
async function strikeAll(): Promise<void> {
  const blows = planBlows();
  while (striking && blows.length > 0) {
    const goal = clients.progress() + 3 + Math.random() * 8;
    while (striking && clients.progress() < goal) await sleep(5);
    await sleep(Math.random() * 30);
    const index = blows.findIndex(({ at }) => at.every((program) => program.isUp()));
    if (index < 0) continue;
    await blows.splice(index, 1)[0]?.strike();
    await requireHealthy({ db });
  }
  await Promise.all(restarts);
}

function loop(atOnce: number, act: (n: number) => Promise<void>): Promise<unknown> {
  let next = 1;
  return times(atOnce, async () => {
    while (striking) await act(next++);
  });
}

it(`${KILLS} kills under load, plus cut connections, leave every number right at every moment`, async () => {
  const work = [
    strikeAll(),
    loop(4, clients.signUp),
    loop(3, clients.readMail),
    loop(2, clients.spend),
    loop(1, clients.decide),
  ];
  await Promise.all(work.map((one) => one.finally(() => (striking = false))));
  expect(restarts).toHaveLength(KILLS);
}, 480_000);

const read = async <T>(query: RawBuilder<T>): Promise<T[]> => (await query.execute(db)).rows;
const numberOf = async (what: RawBuilder<unknown>): Promise<number> =>
  (await read(sql<{ n: number }>`select count(*) as n from ${what}`))[0]?.n ?? 0;

it('everything that was begun is finished after the restart: mail, verifications, counts and credits', async () => {
  const patience = { timeout: 120_000, interval: 50 };
  const unverified = async () => {
    while (clients.hasUnread()) await clients.readMail();
    return numberOf(sql`users where email_verified_at is null`);
  };
  await expect.poll(unverified, patience).toBe(0);
  for (const left of [
    sql`outbox where done_at is null and failed_at is null`,
    sql`referral_deltas`,
    sql`credit_deltas`,
  ]) {
    await expect.poll(() => numberOf(left), patience).toBe(0);
  }
  expect(await numberOf(sql`outbox where failed_at is not null`)).toBe(0);
}, 300_000);

it('the totals equal the rows', async () => {
  await requireHealthy({ db });
  const [rows] = await read(sql`
    select count(*) as signups,
      count(*) filter (where status = 'pending') as pending,
      count(*) filter (where status = 'successful') as successful,
      count(*) filter (where status = 'rejected') as rejected,
      count(*) filter (where status = 'review') as review
    from referrals where referrer_id = ${ada.user.id}`);
  const balances = await read(sql`
    select sum(amount) as "creditsBalance", sum(amount) filter (where kind <> 'redemption') as "creditsEarned"
    from credit_entries where user_id = ${ada.user.id}`);
  expect((await clients.stats()).body).toMatchObject({ ...(rows as object), ...(balances[0] as object) });
});

it('a confirmed sign-up is stored once, and an unconfirmed one completely or not at all', async () => {
  const stored = await read(sql<{ email: string; id: string; parts: number[] }>`
    select u.email, u.id, array[
      (select count(*) from referral_links where user_id = u.id),
      (select count(*) from referral_codes where user_id = u.id),
      (select count(*) from referrals where referred_user_id = u.id and referrer_id = ${ada.user.id}),
      (select count(*) from email_tokens where user_id = u.id),
      (select count(*) from sessions where user_id = u.id),
      (select count(*) from security_events where user_id = u.id and type = 'signed_up'),
      (select count(*) from security_events where user_id = u.id and type = 'email_verified'),
      (select count(*) from kept_messages where payload ->> 'to' = u.email and payload ->> 'template' = 'verify-email')
    ]::int[] as parts
    from users u where u.id not in (${ada.user.id}, ${admin.user.id})`);
  const byEmail = new Map(stored.map((row) => [row.email, row]));
  for (const { email, answered, id } of clients.attempts) {
    const user = byEmail.get(email);
    if (answered) expect([email, user]).toEqual([email, expect.anything()]);
    if (id) expect(user?.id).toBe(id);
    if (user) expect([email, user.parts]).toEqual([email, [1, 1, 1, 1, 1, 1, 1, 1]]);
    else expect(await numberOf(sql`kept_messages where payload ->> 'to' = ${email}`)).toBe(0);
    byEmail.delete(email);
  }
  expect([...byEmail.keys()]).toEqual([]);
});

it('every mail arrived, and duplicates have the same Message-ID', async () => {
  const asked = await read(sql<{ mail: string }>`
    select id || ' ' || (payload ->> 'to') as mail from kept_messages where topic like 'mail.%'`);
  const came = mailbox.received.map(({ to, messageId }) => `${messageId.slice(1, 37)} ${to}`);
  expect(new Set(came)).toEqual(new Set(asked.map(({ mail }) => mail)));
});

it('every idempotency key redeemed once', async () => {
  const entries = await read(sql<{ id: string; key: string; until: Date }>`
    select id, idempotency_key as key, premium_until as until from credit_entries
    where kind = 'redemption' order by premium_until`);
  const byKey = (a: { key: string }, b: { key: string }) => a.key.localeCompare(b.key);
  const spent = entries.map(({ key, id }) => ({ key, id }));
  expect(spent.toSorted(byKey)).toEqual(clients.redeemed.toSorted(byKey));
  expect(clients.refusedKeys.filter((refused) => spent.some(({ key }) => key === refused))).toEqual([]);
  // Each redemption added its month to the previous ones.
  const days = entries.map(({ until }) => until.getTime() / 86_400_000);
  for (const [n, day] of days.slice(1).entries()) expect(day - (days[n] ?? 0)).toBeGreaterThan(27);
  const [user] = await read(sql<{ until: Date }>`
    select premium_until as until from users where id = ${ada.user.id}`);
  expect(user?.until).toEqual(entries.at(-1)?.until);
});

it('every decision was made once and recorded once', async () => {
  for (const { referralId, reason, verb } of clients.decisions) {
    const to = verb === 'approve' ? 'pending' : 'rejected';
    const moved = sql`referral_events where referral_id = ${referralId} and to_status = ${to} and reason = ${reason}`;
    const noted = sql`security_events where type in ('referral_approved', 'referral_reversed')
      and details ->> 'referralId' = ${referralId} and details ->> 'reason' = ${reason}`;
    expect([reason, await numberOf(moved), await numberOf(noted)]).toEqual([reason, 1, 1]);
  }
  expect(await numberOf(sql`referral_events where actor_id is not null`)).toBe(clients.decisions.length);
});
