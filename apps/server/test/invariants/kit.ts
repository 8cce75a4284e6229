import { qualifyDueReferrals, rollUpDeltas, settleCredits } from '@linkgrove/api/jobs';
import {
  type Answer,
  cookieHeader,
  newPerson,
  PASSWORD,
  type SignedUp,
  type TestServer,
} from '../harness.ts';

/** What a person's browser calls itself; visits of anything else are not counted. */
export const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** Has the server believe `X-Forwarded-For`, so that a test can come from anywhere. */
export const BEHIND_PROXY = { TRUST_PROXY: '127.0.0.1' };
export const clientFrom = (address: string) => ({ 'x-forwarded-for': address });

/** The terms of the campaign that is there from the start. */
export const TERMS = {
  attribution: 'last' as 'first' | 'last',
  requiresPage: false,
  minAgeSeconds: 0,
  reviewsSameDomain: false,
  referrerCredits: 10,
  referredCredits: 5,
  cap: null as number | null,
  capPeriod: 'all' as 'day' | 'week' | 'month' | 'all',
  milestones: [
    { referrals: 5, credits: 25 },
    { referrals: 10, credits: 50 },
    { referrals: 25, credits: 150 },
  ],
};

export const times = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

/** Does `act` `count` times, always `atOnce` at a time. */
export async function crowd<T>(
  count: number,
  atOnce: number,
  act: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  await times(atOnce, async () => {
    for (let index = next++; index < count; index = next++) results[index] = await act(index);
  });
  return results;
}

/** How often each answer was given, such as `{ 201: 1, '409 EMAIL_TAKEN': 29 }`. */
export function tally(answers: Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const key = body?.code ? `${status} ${body.code}` : String(status);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** The cookie by which someone's browser is known again. */
export const deviceOf = ({ cookie }: SignedUp): string =>
  cookie.split('; ').find((pair) => pair.startsWith('device=')) ?? '';

type Request = { cookie?: string; token?: string; headers?: Record<string, string> };

/** Asks again where a busy server says to, as clients do: what is tested is what it does, not how fast. */
async function patiently(ask: () => Promise<Answer>, triesLeft = 20): Promise<Answer> {
  const answer = await ask();
  if (answer.status !== 503 || triesLeft === 0) return answer;
  await new Promise((resolve) => setTimeout(resolve, 200));
  return patiently(ask, triesLeft - 1);
}

/** Everything that tests of the referral engine do again and again, on one server. */
export function createKit(server: TestServer) {
  const { db } = server.app;

  const as = ({ token }: Pick<SignedUp, 'token'>, method: string, path: string, body?: unknown) =>
    patiently(() => server.call(method, path, { token, body }));
  const post = (path: string, body: unknown, request: Request = {}) =>
    patiently(() => server.call('POST', path, { body, ...request }));

  /** Registers someone new, who may be refused. */
  const register = (extra: object = {}, request: Request = {}): Promise<Answer> =>
    post('/api/register', { ...newPerson(), ...extra }, request);

  /** Registers someone new with a request of one's own. */
  async function join(extra: Record<string, unknown> = {}, request: Request = {}): Promise<SignedUp> {
    const person = { ...newPerson(), ...extra };
    const { status, body, cookies } = await post('/api/register', person, request);
    if (status !== 201) throw new Error(`Sign-up answered ${status}: ${JSON.stringify(body)}`);
    return { ...person, user: body.user, token: body.accessToken, cookie: cookieHeader(cookies) };
  }

  const codeOf = ({ user }: SignedUp): string => user.referralCode;
  const refer = (referrer: SignedUp, extra: Record<string, unknown> = {}, request: Request = {}) =>
    join({ ...extra, referralCode: codeOf(referrer) }, request);

  /** The token of the newest link that was mailed to someone. */
  async function mailedToken({ user }: SignedUp): Promise<string> {
    const { id } = await db
      .selectFrom('email_tokens')
      .select('id')
      .where('user_id', '=', user.id)
      .where('used_at', 'is', null)
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    return server.app.tokenDeriver.emailToken(id);
  }
  const verify = async (who: SignedUp): Promise<Answer> =>
    post('/api/verify-email', { token: await mailedToken(who) });

  /** Brings `count` people who verify their addresses. */
  async function bring(referrer: SignedUp, count: number): Promise<SignedUp[]> {
    const people = await crowd(count, 10, () => refer(referrer));
    await crowd(count, 10, (index) => verify(people[index] as SignedUp));
    return people;
  }

  /** Moves someone to another address, which they confirm. */
  async function changeEmail(who: SignedUp, email: string): Promise<Answer> {
    const asked = await as(who, 'POST', '/api/me/email', { email, password: PASSWORD });
    if (asked.status !== 202) throw new Error(`Change of address answered ${asked.status}`);
    return verify(who);
  }

  const remove = (who: SignedUp): Promise<Answer> => as(who, 'DELETE', '/api/me', { password: PASSWORD });

  /** The referral that brought someone, as it is stored; undefined if nobody did. */
  const referralOf = ({ user }: SignedUp) =>
    db.selectFrom('referrals').selectAll().where('referred_user_id', '=', user.id).executeTakeFirst();

  const historyOf = (referralId: string) =>
    db
      .selectFrom('referral_events')
      .select(['from_status', 'to_status', 'reason', 'actor_id'])
      .where('referral_id', '=', referralId)
      .orderBy('id')
      .execute();

  const rewardsOf = ({ user }: SignedUp) =>
    db
      .selectFrom('rewards')
      .select(['role', 'credits', 'state', 'threshold', 'referral_id', 'campaign_id'])
      .where('user_id', '=', user.id)
      .orderBy('id')
      .execute();

  async function admin(): Promise<SignedUp> {
    const who = await join();
    await db.updateTable('users').set({ role: 'admin' }).where('id', '=', who.user.id).execute();
    return who;
  }

  /** Drafts a campaign and starts it in place of the one that runs; returns it. */
  async function runCampaign(by: SignedUp, terms: Partial<typeof TERMS>): Promise<Answer['body']> {
    const drafted = await as(by, 'POST', '/api/admin/referral-campaigns', {
      name: 'Of a test',
      terms: { ...TERMS, ...terms },
    });
    if (drafted.status !== 201) throw new Error(JSON.stringify(drafted.body));
    return (await as(by, 'POST', `/api/admin/referral-campaigns/${drafted.body.id}/start`)).body;
  }

  const visit = (pathAfterR: string, headers: Record<string, string> = {}): Promise<Answer> =>
    server.call('GET', `/r/${pathAfterR}`, { headers: { 'user-agent': BROWSER, ...headers } });
  /** The cookie that a visit leaves, to be sent back. */
  async function visited(pathAfterR: string, headers: Record<string, string> = {}): Promise<string> {
    const { cookies } = await visit(pathAfterR, headers);
    return `referral=${cookies['referral']}`;
  }

  const stats = async (who: SignedUp, query = '?days=1') =>
    (await as(who, 'GET', `/api/referral-stats${query}`)).body;

  /** What the worker does from time to time, all of it. */
  async function upkeep(): Promise<void> {
    await qualifyDueReferrals(server.app);
    await rollUpDeltas(server.app);
    await settleCredits(server.app);
  }

  return {
    admin,
    as,
    bring,
    changeEmail,
    codeOf,
    historyOf,
    join,
    mailedToken,
    post,
    refer,
    referralOf,
    register,
    remove,
    rewardsOf,
    runCampaign,
    stats,
    upkeep,
    verify,
    visit,
    visited,
  };
}
export type Kit = ReturnType<typeof createKit>;
