import { generateId } from '@linkgrove/api';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createReferralKit, type SignedUp, times, useTestServer } from './kit/index.ts';

const server = useTestServer();
const kit = createReferralKit(server);

/** A user with `referrals` successful referrals: 10 credits each, plus 25, 50 and 150 at 5, 10 and 25. */
async function signUpReferrer(referrals: number): Promise<SignedUp> {
  const ada = await server.signUp();
  // One after the other, so that each milestone is seen by the verification that reaches it.
  for (let n = 0; n < referrals; n++) await kit.bring(ada, 1);
  return ada;
}

it('a successful referral earns credits, listed with their origin', async () => {
  const ada = await signUpReferrer(2);
  const { body } = await server.call('GET', '/api/referrals', { token: ada.token });
  expect(await kit.readRewards(ada)).toEqual({
    balance: 20,
    pending: 0,
    held: 0,
    items: body.items.map((referral: { id: string }) => ({
      id: expect.any(String),
      kind: 'reward',
      amount: 10,
      role: 'referrer',
      referralId: referral.id,
      milestone: null,
      state: 'granted',
      dueAt: null,
      item: null,
      createdAt: expect.stringMatching(/Z$/),
    })),
    nextCursor: null,
    catalogue: [expect.objectContaining({ item: 'premium_month', cost: 100, obstacle: 'credits' })],
  });
  const first = await kit.readRewards(ada, '?limit=1');
  expect((await kit.readRewards(ada, `?limit=1&cursor=${first.nextCursor}`)).items[0].referralId).toBe(
    body.items[1].id,
  );
});

describe('a redemption', () => {
  it('spends the credits, adds a month of premium and shows in the ledger and the stats', async () => {
    const ada = await signUpReferrer(11);
    const { status, body } = await kit.redeem(ada);
    expect([status, body.item, body.balance]).toEqual([200, 'premium_month', 85]);
    const days = (Date.parse(body.premiumUntil) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(27);
    expect(days).toBeLessThan(32);
    const { balance, items } = await kit.readRewards(ada);
    expect([balance, items[0]]).toMatchObject([
      85,
      { kind: 'redemption', amount: -100, item: 'premium_month', referralId: null },
    ]);
    const stats = (await server.call('GET', '/api/referral-stats', { token: ada.token })).body;
    expect(stats).toMatchObject({ creditsEarned: 185, creditsBalance: 85 });
  });

  it('is refused without enough credits, and changes nothing', async () => {
    const ada = await signUpReferrer(1);
    expect(await kit.redeem(ada)).toMatchObject({ status: 422, body: { code: 'INSUFFICIENT_CREDITS' } });
    expect(await kit.readRewards(ada)).toMatchObject({ balance: 10, items: [{ amount: 10 }] });
    const row = await server.app.db
      .selectFrom('users')
      .select('premium_until')
      .where('id', '=', ada.user.id)
      .executeTakeFirstOrThrow();
    expect(row.premium_until).toBeNull();
  });

  it('needs an item of the catalogue and a valid idempotency key', async () => {
    const ada = await signUpReferrer(1);
    expect((await kit.redeem(ada, undefined, { item: 'a_yacht' })).body.errors[0].path).toBe('item');
    expect((await kit.redeem(ada, undefined, {})).body.errors[0]).toMatchObject({
      path: 'item',
      message: 'Required',
    });
    expect((await kit.redeem(ada, 'x'.repeat(256))).body.errors[0].path).toBe('Idempotency-Key');
    expect(
      (await server.call('POST', '/api/rewards/redeem', { body: { item: 'premium_month' } })).status,
    ).toBe(401);
  });

  it('with a key happens once, however often and however parallel it is requested, with the same answer', async () => {
    const ada = await signUpReferrer(30);
    const answers = await times(30, () => kit.redeem(ada, 'order-1'));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 200, body: { balance: 425 } });
    expect((await kit.readRewards(ada)).balance).toBe(425);
    expect((await kit.redeem(ada, 'order-2')).body.balance).toBe(325);
    expect((await kit.redeem(ada, 'order-1')).body).toEqual(answers[0]?.body);
    const other = await signUpReferrer(10);
    expect((await kit.redeem(other, 'order-1')).body.balance).toBe(75);
  });

  it('of 30 at once succeeds as often as the credits allow, and the ledger adds up', async () => {
    const ada = await signUpReferrer(35);
    const answers = await times(30, () => kit.redeem(ada));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ body }) => body.code === 'INSUFFICIENT_CREDITS')).toHaveLength(25);
    const { balance, items } = await kit.readRewards(ada, '?limit=100');
    expect(balance).toBe(75);
    expect(items.reduce((sum: number, entry: { amount: number }) => sum + entry.amount, 0)).toBe(75);
    const premium = answers.filter(({ status }) => status === 200).map(({ body }) => body.premiumUntil);
    expect(new Set(premium).size).toBe(5);
  });
});

describe('the ledger', () => {
  it('cannot be changed or overdrawn, even in the database', async () => {
    const ada = await signUpReferrer(1);
    const { db } = server.app;
    await expect(
      db.updateTable('credit_entries').set({ amount: 1_000 }).where('user_id', '=', ada.user.id).execute(),
    ).rejects.toThrow('cannot be changed');
    await expect(
      db.deleteFrom('credit_entries').where('user_id', '=', ada.user.id).execute(),
    ).rejects.toThrow('cannot be changed');
    const account = { user_id: ada.user.id, balance: -1, earned: 0 };
    await expect(db.insertInto('credit_accounts').values(account).execute()).rejects.toThrow(
      'credit_accounts_not_negative',
    );
    const entry = {
      id: generateId(),
      user_id: ada.user.id,
      amount: 5,
      kind: 'redemption' as const,
      item: 'premium_month',
    };
    await expect(db.insertInto('credit_entries').values(entry).execute()).rejects.toThrow('earned_or_spent');
  });

  it('has one entry per reward', async () => {
    const { rows } = await sql<{ rewards: number; entries: number }>`
      select (select count(*) from rewards) as rewards,
        (select count(*) from credit_entries where kind = 'reward') as entries`.execute(server.app.db);
    expect(rows[0]?.entries).toBe(rows[0]?.rewards);
    expect(rows[0]?.rewards).toBeGreaterThan(50);
  });
});
