import { rollUpDeltas } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createReferralKit, newPerson, type SignedUp, useTestServer } from './kit/index.ts';
import { tokenIn } from '@linkgrove/api/testing';

const server = useTestServer({ worker: true });
const kit = createReferralKit(server);

async function verifyByMail({ email }: SignedUp): Promise<void> {
  await server.post('/api/verify-email', { token: await server.readMailedToken(email, 'Verify') });
}
const updateLinkRow = (owner: SignedUp, change: object) =>
  server.app.db.updateTable('referral_links').set(change).where('user_id', '=', owner.user.id).execute();

describe('a referral code at sign-up', () => {
  it('credits its owner in any case', async () => {
    const ada = await server.signUp();
    const bob = await server.signUp({ referralCode: ` ${kit.codeOf(ada).toUpperCase()} ` });
    expect(bob.user.referredBy).toBe(ada.username);
  });

  it.each([
    ['does not exist', {}, 'zzzzzzzz', 'INVALID_REFERRAL_CODE'],
    ['is switched off', { enabled: false }, undefined, 'INVALID_REFERRAL_CODE'],
    ['has expired', { expires_at: new Date(0) }, undefined, 'REFERRAL_CODE_EXPIRED'],
    ['is used up', { max_uses: 1, uses: 1 }, undefined, 'INVALID_REFERRAL_CODE'],
  ])('that %s is refused and creates no user', async (_case, change, code, expected) => {
    const ada = await server.signUp();
    if (Object.keys(change).length > 0) await updateLinkRow(ada, change);
    const person = newPerson();
    const answer = await server.post('/api/register', { ...person, referralCode: code ?? kit.codeOf(ada) });
    expect(answer).toMatchObject({ status: 422, body: { code: expected } });
    expect((await server.post('/api/register', person)).status).toBe(201);
  });

  it('that is the user’s own is refused: by address, by tag, by Gmail dots, and when signed in', async () => {
    const ada = await server.signUp({ email: 'ada.lovelace@gmail.com' });
    for (const email of [
      'ADA.lovelace+2@gmail.com',
      'adalovelace@googlemail.com',
      'a.dalovelace+x@gmail.com',
    ]) {
      const answer = await server.post('/api/register', {
        ...newPerson(),
        email,
        referralCode: kit.codeOf(ada),
      });
      expect(answer).toMatchObject({ status: 422, body: { code: 'SELF_REFERRAL' } });
    }
    const body = { ...newPerson(), referralCode: kit.codeOf(ada) };
    expect((await server.post('/api/register', body, { cookie: ada.cookie })).body.code).toBe(
      'SELF_REFERRAL',
    );
    expect((await server.post('/api/register', body, { token: ada.token })).body.code).toBe('SELF_REFERRAL');
    expect((await server.post('/api/register', body)).status).toBe(201);
  });
});

describe('referral stats', () => {
  it('are the same before and after the roll-up, and agree with the rows', async () => {
    const ada = await server.signUp();
    const [bob] = [await kit.refer(ada), await kit.refer(ada), await kit.refer(ada)];
    await verifyByMail(bob);
    const before = (await server.as(ada, 'GET', '/api/referral-stats?days=1')).body;
    await rollUpDeltas(server.app);
    const rows = await server.app.db
      .selectFrom('referral_deltas')
      .select('id')
      .where('referrer_id', '=', ada.user.id)
      .execute();
    expect(rows).toEqual([]);
    server.app.cache('referral-stats').invalidate(ada.user.id);
    const after = (await server.as(ada, 'GET', '/api/referral-stats?days=1')).body;
    expect(after).toEqual(before);
    expect(after).toEqual({
      visits: 0,
      missedVisits: 0,
      signups: 3,
      pending: 2,
      successful: 1,
      rejected: 0,
      review: 0,
      conversionRate: 1 / 3,
      creditsEarned: 10,
      creditsBalance: 10,
      creditsPending: 0,
      nextMilestone: expect.objectContaining({ remaining: expect.any(Number) }),
      links: [
        {
          id: expect.any(String),
          code: kit.codeOf(ada),
          label: null,
          visits: 0,
          signups: 3,
          successful: 1,
          deleted: false,
        },
      ],
      sources: [{ source: 'link', page: null, visits: 0, signups: 3, successful: 1 }],
      period: { visits: 0, signups: 3, successful: 1, reversed: 0 },
      daily: [
        { date: new Date().toISOString().slice(0, 10), visits: 0, signups: 3, successful: 1, reversed: 0 },
      ],
    });
  });

  it('show a sign-up and a verification at the next read', async () => {
    const ada = await server.signUp();
    for (let signups = 1; signups <= 5; signups++) {
      const friend = await kit.refer(ada);
      expect((await server.as(ada, 'GET', '/api/referral-stats')).body).toMatchObject({
        signups,
        pending: 1,
      });
      await verifyByMail(friend);
      expect((await server.as(ada, 'GET', '/api/referral-stats')).body).toMatchObject({
        successful: signups,
        pending: 0,
      });
    }
  });

  it('cover 30 days by default, today last', async () => {
    const ada = await server.signUp();
    const { daily } = (await server.as(ada, 'GET', '/api/referral-stats')).body;
    expect(daily).toHaveLength(30);
    expect(daily.at(-1).date).toBe(new Date().toISOString().slice(0, 10));
    expect((await server.as(ada, 'GET', '/api/referral-stats?days=365')).body.daily).toHaveLength(365);
    for (const days of ['0', '366', 'x', '1.5', '-1', '']) {
      expect((await server.as(ada, 'GET', `/api/referral-stats?days=${days}`)).body.errors?.[0].path).toBe(
        'days',
      );
    }
  });
});

describe('the list of referrals', () => {
  it('returns all of them page by page, newest first, each once', async () => {
    const ada = await server.signUp();
    const friends: string[] = [];
    for (let n = 0; n < 5; n++) friends.unshift((await kit.refer(ada)).username);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: { username: string }[]; nextCursor: string | null } = (
        await server.as(ada, 'GET', `/api/referrals?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
      ).body;
      seen.push(...page.items.map((item) => item.username));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(friends);
  });

  it('can be filtered by status and shows nobody another user’s referrals', async () => {
    const [ada, eve] = [await server.signUp(), await server.signUp()];
    const bob = await kit.refer(ada);
    await kit.refer(ada);
    await verifyByMail(bob);
    const usernames = async (path: string, who: SignedUp) =>
      (await server.as(who, 'GET', path)).body.items.map((item: { username: string }) => item.username);
    expect(await usernames('/api/referrals?status=successful', ada)).toEqual([bob.username]);
    expect(await usernames('/api/referrals?status=rejected', ada)).toEqual([]);
    expect(await usernames('/api/referrals', eve)).toEqual([]);
  });

  it.each([
    ['limit', '?limit=0'],
    ['limit', '?limit=101'],
    ['limit', '?limit=1e9'],
    ['status', '?status=paid'],
    ['cursor', '?cursor=nonsense'],
    ['stauts', '?stauts=pending'],
  ])('refuses an invalid %s (%s)', async (path, query) => {
    const ada = await server.signUp();
    const { status, body } = await server.as(ada, 'GET', `/api/referrals${query}`);
    expect([status, body.errors[0].path]).toEqual([400, path]);
  });
});

it('a referral earns its referrer credits once, however often the address is verified again', async () => {
  const ada = await server.signUp();
  const bob = await kit.refer(ada);
  await verifyByMail(bob);
  await sql`update users set email_verified_at = null where id = ${bob.user.id}`.execute(server.app.db);
  server.app.cache('users').invalidate(bob.user.id);
  await server.post('/api/resend-verification', undefined, { token: bob.token });
  const mails = () =>
    server.mailbox.received.filter(({ to, subject }) => to === bob.email && subject.includes('Verify'));
  await expect.poll(() => mails().length).toBe(2);
  const again = await server.post('/api/verify-email', { token: tokenIn(mails()[1] as never) });
  expect(again.status).toBe(200);
  expect((await server.as(ada, 'GET', '/api/referral-stats')).body).toMatchObject({
    successful: 1,
    creditsEarned: 10,
  });
});
