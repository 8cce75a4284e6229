import { qualifyDueReferrals, rollUpDeltas, settleCredits } from '@linkgrove/api/jobs';
import type { Answer, CallOptions } from './client.ts';
import { setRole } from './database.ts';
import { crowd } from './parallel.ts';
import { BROWSER, cookieHeader, newPerson, PASSWORD, type SignedUp } from './people.ts';
import type { TestServer } from './server.ts';

/** The terms of the campaign that every new installation runs. */
export const TERMS = {
  attribution: 'last' as 'first' | 'last',
  requiresPage: false,
  minAgeSeconds: 0,
  reviewsSameDomain: false,
  referrerCredits: 10,
  referredCredits: 5,
  holdDays: 0,
  cap: null as number | null,
  capPeriod: 'all' as 'day' | 'week' | 'month' | 'all',
  milestones: [
    { referrals: 5, credits: 25 },
    { referrals: 10, credits: 50 },
    { referrals: 25, credits: 150 },
  ],
  autoApproveLimit: null as number | null,
  timezone: 'UTC',
  reviewRisk: 50,
  signalWeights: {
    disposable_address: 40,
    known_device: 60,
    same_network: 20,
    busy_network: 30,
    busy_referrer: 25,
    busy_domain: 50,
    new_domain: 20,
    new_domains: 30,
    too_quick: 20,
    same_domain: 50,
  } as Record<string, number>,
};

type Request = Omit<CallOptions, 'body'>;

/** Retries after a 503, as real clients do: these tests check results, not speed. */
async function retryWhileBusy(ask: () => Promise<Answer>, triesLeft = 20): Promise<Answer> {
  const answer = await ask();
  if (answer.status !== 503 || triesLeft === 0) return answer;
  await new Promise((resolve) => setTimeout(resolve, 200));
  return retryWhileBusy(ask, triesLeft - 1);
}

/** Everything that tests of the referral engine do repeatedly, on one server. */
export function createReferralKit(server: TestServer) {
  const as = (
    user: Pick<SignedUp, 'token'>,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => retryWhileBusy(() => server.as(user, method, path, body, headers));
  const post = (path: string, body: unknown, request: Request = {}) =>
    retryWhileBusy(() => server.post(path, body, request));

  /** Registers a new person; the server may refuse. */
  const register = (extra: object = {}, request: Request = {}): Promise<Answer> =>
    post('/api/register', { ...newPerson(), ...extra }, request);

  /** Registers a new person with cookies or headers of the test's choice. */
  async function signUp(extra: Record<string, unknown> = {}, request: Request = {}): Promise<SignedUp> {
    const person = { ...newPerson(), ...extra };
    const { status, body, cookies } = await post('/api/register', person, request);
    if (status !== 201) throw new Error(`Sign-up answered ${status}: ${JSON.stringify(body)}`);
    return { ...person, user: body.user, token: body.accessToken, cookie: cookieHeader(cookies) };
  }

  const codeOf = ({ user }: SignedUp): string => user.referralCode;
  const refer = (referrer: SignedUp, extra: Record<string, unknown> = {}, request: Request = {}) =>
    signUp({ ...extra, referralCode: codeOf(referrer) }, request);

  /** The token of the newest unused link that was mailed to a user. */
  async function mailedToken({ user }: SignedUp): Promise<string> {
    const { id } = await server.app.db
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

  /** Signs up `count` people by the referrer's code and verifies their addresses. */
  async function bring(referrer: SignedUp, count: number): Promise<SignedUp[]> {
    const people = await crowd(count, 10, () => refer(referrer));
    await crowd(count, 10, (index) => verify(people[index] as SignedUp));
    return people;
  }

  /** Changes a user's address and confirms the new one. */
  async function changeEmail(who: SignedUp, email: string): Promise<Answer> {
    const asked = await as(who, 'POST', '/api/me/email', { email, password: PASSWORD });
    if (asked.status !== 202) throw new Error(`Change of address answered ${asked.status}`);
    return verify(who);
  }

  const deleteAccount = (who: SignedUp): Promise<Answer> =>
    as(who, 'DELETE', '/api/me', { password: PASSWORD });

  /** The stored referral of a referred user; undefined if nobody referred them. */
  const referralOf = ({ user }: SignedUp) =>
    server.app.db
      .selectFrom('referrals')
      .selectAll()
      .where('referred_user_id', '=', user.id)
      .executeTakeFirst();

  const referralIdOf = async (who: SignedUp): Promise<string> => (await referralOf(who))?.id ?? '';

  const historyOf = (referralId: string) =>
    server.app.db
      .selectFrom('referral_events')
      .select(['from_status', 'to_status', 'reason', 'actor_id'])
      .where('referral_id', '=', referralId)
      .orderBy('id')
      .execute();

  const rewardsOf = ({ user }: SignedUp) =>
    server.app.db
      .selectFrom('rewards')
      .select(['id', 'role', 'credits', 'state', 'threshold', 'referral_id', 'campaign_id'])
      .where('user_id', '=', user.id)
      .orderBy('id')
      .execute();

  /** The balance, the ledger entries and the catalogue, as the user sees them. */
  const readRewards = async (who: SignedUp, query = ''): Promise<Answer['body']> =>
    (await as(who, 'GET', `/api/rewards${query}`)).body;
  const balanceOf = async (who: SignedUp): Promise<number> => (await readRewards(who)).balance;
  const redeem = (who: SignedUp, key?: string, body: unknown = { item: 'premium_month' }) =>
    as(who, 'POST', '/api/rewards/redeem', body, key === undefined ? {} : { 'idempotency-key': key });

  async function signUpAdmin(): Promise<SignedUp> {
    const who = await signUp();
    await setRole(server, who, 'admin');
    return who;
  }

  /** Approves, rejects or reverses a referral. */
  const decide = (by: SignedUp, referralId: string, verb: string, reason = 'Checked by a test') =>
    as(by, 'POST', `/api/admin/referrals/${referralId}/${verb}`, { reason });

  /** Drafts a campaign and starts it in place of the running one; returns it. */
  async function runCampaign(by: SignedUp, terms: Partial<typeof TERMS>): Promise<Answer['body']> {
    const drafted = await as(by, 'POST', '/api/admin/referral-campaigns', {
      name: 'A test',
      terms: { ...TERMS, ...terms },
    });
    if (drafted.status !== 201) throw new Error(JSON.stringify(drafted.body));
    return (await as(by, 'POST', `/api/admin/referral-campaigns/${drafted.body.id}/start`)).body;
  }

  const visit = (pathAfterR: string, headers: Record<string, string> = {}): Promise<Answer> =>
    server.call('GET', `/r/${pathAfterR}`, { headers: { 'user-agent': BROWSER, ...headers } });
  /** Visits and returns the cookie that the visit leaves. */
  async function visitCookie(pathAfterR: string, headers: Record<string, string> = {}): Promise<string> {
    const { cookies } = await visit(pathAfterR, headers);
    return `referral=${cookies['referral']}`;
  }

  const readStats = async (who: SignedUp, query = '?days=1') =>
    (await as(who, 'GET', `/api/referral-stats${query}`)).body;

  /** Runs the scheduled jobs of the referral engine once. */
  async function runScheduledJobs(): Promise<void> {
    await qualifyDueReferrals(server.app);
    await rollUpDeltas(server.app);
    await settleCredits(server.app);
  }

  return {
    as,
    balanceOf,
    bring,
    changeEmail,
    codeOf,
    decide,
    deleteAccount,
    historyOf,
    mailedToken,
    post,
    readRewards,
    readStats,
    redeem,
    refer,
    referralIdOf,
    referralOf,
    register,
    rewardsOf,
    runCampaign,
    runScheduledJobs,
    signUp,
    signUpAdmin,
    verify,
    visit,
    visitCookie,
  };
}
export type ReferralKit = ReturnType<typeof createReferralKit>;
