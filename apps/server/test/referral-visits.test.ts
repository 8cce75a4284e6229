import { describe, expect, it } from 'vitest';
import {
  BROWSER,
  encodeJson,
  newCode,
  nowInSeconds,
  type SignedUp,
  signVisitCookie,
  useReferralKit,
} from './kit/index.ts';

const { server, kit, admin } = useReferralKit();

const asBrowser = (headers: Record<string, string> = {}) => ({ 'user-agent': BROWSER, ...headers });
/** Opens `user.referralUrl`, which this server answers itself. */
const openSignUp = (who: SignedUp, headers: Record<string, string> = {}, query = '') =>
  server.call('GET', `/register?referral=${kit.codeOf(who)}${query}`, { headers: asBrowser(headers) });
/** What a frontend of one's own sends when it is opened with a code. */
const postVisit = (code: string, body?: unknown, headers: Record<string, string> = {}) =>
  server.post(`/api/referral-codes/${code}/visit`, body, { headers: asBrowser(headers) });
const visitsOf = async (who: SignedUp): Promise<number> => (await kit.readStats(who)).visits;
const cookieOf = ({ cookies }: { cookies: Record<string, string> }) => `referral=${cookies['referral']}`;

it('visits and sign-ups are counted by their `utm_` parameters, of which a link has 200 combinations a day', async () => {
  const ada = await kit.signUp();
  const code = kit.codeOf(ada);
  const from = (n: number) => ({ 'user-agent': `${BROWSER} ${n}` });
  const readUtm = async () => (await kit.as(ada, 'GET', '/api/referral-utm')).body.items;
  const tagged = `${code}?utm_source=post&utm_medium=paper`;
  const cookie = await kit.visitCookie(tagged, from(0));
  // A repeat, a visit without parameters, and one to which only others are given.
  for (const [path, n] of [
    [tagged, 0],
    [code, 1],
    [`${code}?utm_term=x`, 2],
    [`${tagged}&utm_campaign=fair`, 3],
  ] as const)
    await kit.visit(path, from(n));
  const friend = await kit.signUp({}, { headers: { cookie, ...from(0) } });
  await kit.verify(friend);
  const post = { source: 'post', medium: 'paper', campaign: null, visits: 1, signups: 1, successful: 1 };
  const fair = { ...post, campaign: 'fair', signups: 0, successful: 0 };
  expect(await readUtm()).toEqual([post, fair]);
  for (let n = 0; n < 210; n++) await kit.visit(`${code}?utm_source=made-up-${n}`, from(10 + n));
  await kit.visit(tagged, from(4));
  const all = await readUtm();
  expect(all).toHaveLength(100);
  expect(all.slice(0, 3)).toMatchObject([{ source: '(other)', visits: 12 }, { ...post, visits: 2 }, {}]);
});

describe('opening a user’s referral URL', () => {
  it('is the address that the user and the frontend know', async () => {
    const ada = await kit.signUp();
    expect(ada.user.referralUrl).toBe(`http://localhost:3000/register?referral=${kit.codeOf(ada)}`);
  });

  it('counts a visit and leaves the attribution that credits a sign-up without a code', async () => {
    const ada = await kit.signUp();
    const opened = await openSignUp(ada, {}, '&utm_source=poster');
    expect([opened.status, await visitsOf(ada)]).toEqual([200, 1]);
    const friend = await kit.register({}, { cookie: cookieOf(opened) });
    expect(friend.body.user.referredBy).toBe(ada.username);
    expect((await kit.as(ada, 'GET', '/api/referrals')).body.items[0].utm).toEqual({ utm_source: 'poster' });
    expect(await kit.readStats(ada)).toMatchObject({ visits: 1, signups: 1 });
  });

  it('counts nothing more when /r/ led there, even from another address or after a reload', async () => {
    const ada = await kit.signUp();
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    expect((await openSignUp(ada, { cookie })).headers.getSetCookie()).toEqual([]);
    await openSignUp(ada, { cookie, 'user-agent': `${BROWSER} with a changed version` });
    expect(await visitsOf(ada)).toBe(1);
  });

  it('counts nothing more under first touch, when /r/ leads to the code of an earlier visit', async () => {
    const [ada, bob] = [await kit.signUp(), await kit.signUp()];
    await kit.runCampaign(admin, { attribution: 'first' });
    const old = { code: kit.codeOf(ada), visitedAt: nowInSeconds() - 86_400, utm: null };
    const cookie = signVisitCookie(server.app, encodeJson(old));
    const { headers, cookies } = await kit.visit(kit.codeOf(bob), { cookie });
    expect(headers.get('location')).toBe(`http://localhost:3000/register?referral=${kit.codeOf(ada)}`);
    await openSignUp(ada, { cookie: `referral=${cookies['referral']}` });
    expect([await visitsOf(ada), await visitsOf(bob)]).toEqual([0, 1]);
    await kit.runCampaign(admin, {});
  });

  it('is not counted for bots, previews, prefetches, frames, HEAD requests and reloads', async () => {
    const ada = await kit.signUp();
    for (const headers of [
      { 'user-agent': 'WhatsApp/2.23' },
      { 'sec-purpose': 'prefetch' },
      { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' },
    ]) {
      expect((await openSignUp(ada, headers)).status).toBe(200);
    }
    await server.call('HEAD', `/register?referral=${kit.codeOf(ada)}`, { headers: asBrowser() });
    expect(await visitsOf(ada)).toBe(0);
    await openSignUp(ada);
    await openSignUp(ada);
    expect(await visitsOf(ada)).toBe(1);
  });

  it('counts when a prefetch came first', async () => {
    const ada = await kit.signUp();
    const cookie = cookieOf(await openSignUp(ada, { 'sec-purpose': 'prefetch' }));
    await openSignUp(ada, { cookie });
    expect(await visitsOf(ada)).toBe(1);
  });

  it('shows the form whatever the code is', async () => {
    for (const code of ['', 'nobody-has-this', '%00', 'x'.repeat(500)]) {
      const { status, headers } = await server.call('GET', `/register?referral=${code}`, {
        headers: asBrowser(),
      });
      expect([status, headers.getSetCookie()]).toEqual([200, []]);
    }
  });
});

describe('a frontend of one’s own', () => {
  it('reports a visit by code, which counts and sets the cookie like /r/', async () => {
    const ada = await kit.signUp();
    const answer = await postVisit(kit.codeOf(ada), { utm: { utm_source: 'own' } });
    expect([answer.status, answer.body]).toEqual([202, { accepted: true }]);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^referral=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    expect(await visitsOf(ada)).toBe(1);
    const friend = await kit.signUp({}, { cookie: cookieOf(answer) });
    expect((await kit.referralOf(friend))?.utm).toEqual({ utm_source: 'own' });
  });

  it('counts nothing more when /r/ led there, within the hour, or for a bot', async () => {
    const ada = await kit.signUp();
    const code = kit.codeOf(ada);
    const cookie = await kit.visitCookie(code);
    const again = await postVisit(code, {}, { cookie, 'user-agent': `${BROWSER} elsewhere` });
    expect([again.status, again.headers.getSetCookie()]).toEqual([202, []]);
    await postVisit(code);
    await postVisit(code, {}, { 'user-agent': 'WhatsApp/2.23' });
    expect(await visitsOf(ada)).toBe(1);
  });

  it('gets 404 for an unusable code, 400 for unknown members, and the same over tRPC', async () => {
    const ada = await kit.signUp();
    for (const code of ['nobody-has-this', '%20x', '..%2f']) {
      expect((await postVisit(code)).body.code).toBe('NOT_FOUND');
    }
    for (const body of [{ other: 1 }, { utm: { other: 'x' } }]) {
      expect((await postVisit(kit.codeOf(ada), body)).body.code).toBe('VALIDATION_FAILED');
    }
    const viaTrpc = await server.post('/trpc/referralCodes.visit', { code: kit.codeOf(ada) });
    expect(viaTrpc.body.result.data).toEqual({ accepted: true });
  });

  it('cannot be imitated by a foreign page', async () => {
    const ada = await kit.signUp();
    const answer = await postVisit(kit.codeOf(ada), {}, { origin: 'https://evil.example' });
    expect([answer.body.code, await visitsOf(ada)]).toEqual(['CSRF_REJECTED', 0]);
  });

  it('credits the code that was replaced later', async () => {
    const ada = await kit.signUp();
    const cookie = cookieOf(await postVisit(kit.codeOf(ada).toUpperCase()));
    const [link] = (await kit.as(ada, 'GET', '/api/referral-links')).body.items;
    await kit.as(ada, 'PATCH', `/api/referral-links/${link.id}`, { code: newCode() });
    expect((await kit.register({}, { cookie })).body.user.referredBy).toBe(ada.username);
  });
});
