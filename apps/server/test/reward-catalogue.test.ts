import { generateId } from '@linkgrove/api';
import { requireHealthy } from '@linkgrove/api/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { crowd, range, type SignedUp, tally, times, useReferralKit } from './kit/index.ts';

const { server, kit, admin } = useReferralKit();
beforeAll(async () => {
  await kit.runCampaign(admin, { referrerCredits: 100, milestones: [] });
});

const PATH = '/api/admin/reward-items';
let names = 0;
async function createItem(members: object = {}) {
  names += 1;
  const item = { item: `item-${names}`, kind: 'external', name: 'A mug', cost: 40, ...members };
  const { status, body } = await kit.as(admin, 'POST', PATH, item);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}
const addCodes = (id: string, codes: string[]) => kit.as(admin, 'POST', `${PATH}/${id}/codes`, { codes });
const readItem = async (id: string) =>
  (await kit.as(admin, 'GET', `${PATH}?limit=100`)).body.items.find((one: { id: string }) => one.id === id);
/** With 100 credits for each successful referral. */
async function signUpReferrer(referrals = 1): Promise<SignedUp> {
  const ada = await kit.signUp();
  await kit.bring(ada, referrals);
  return ada;
}
const findOffer = async (who: SignedUp, item: string) =>
  (await kit.readRewards(who)).catalogue.find((one: { item: string }) => one.item === item);
const listOwn = async (who: SignedUp) => (await kit.as(who, 'GET', '/api/redemptions')).body.items;

describe('an item with codes', () => {
  it('gives each code once, in order, and shows it again later', async () => {
    const { id, item } = await createItem({ kind: 'code', name: 'A voucher', cost: 30 });
    const ada = await signUpReferrer();
    expect((await findOffer(ada, item)).obstacle).toBe('sold_out');
    expect((await kit.redeem(ada, undefined, { item })).body.code).toBe('LIMIT_REACHED');
    expect((await addCodes(id, ['A-1', 'A-2', 'A-1'])).body).toEqual({ added: 2, left: 2 });
    expect((await addCodes(id, ['A-2', 'A-3'])).body).toEqual({ added: 1, left: 3 });
    const first = await kit.redeem(ada, 'voucher-1', { item });
    expect(first.body).toEqual({
      id: expect.any(String),
      item,
      balance: 70,
      premiumUntil: null,
      code: 'A-1',
      state: 'fulfilled',
    });
    expect((await kit.redeem(ada, 'voucher-1', { item })).body).toEqual(first.body);
    // Also after the stored answer has expired.
    await server.app.db.deleteFrom('idempotent_answers').execute();
    expect((await kit.redeem(ada, 'voucher-1', { item })).body).toEqual(first.body);
    expect((await kit.redeem(ada, 'voucher-1')).body.code).toBe('IDEMPOTENCY_MISMATCH');
    expect((await kit.redeem(ada, undefined, { item })).body.code).toBe('A-2');
    expect(await listOwn(ada)).toMatchObject([{ code: 'A-2' }, { code: 'A-1', cost: 30, name: 'A voucher' }]);
    expect((await kit.as(ada, 'GET', '/api/me/export')).body.redemptions).toMatchObject([
      {},
      { code: 'A-1' },
    ]);
    expect(await readItem(id)).toMatchObject({ redeemed: 2, open: 0, codesLeft: 1 });
    const all = await kit.as(admin, 'GET', '/api/admin/redemptions?state=all&limit=100');
    expect(JSON.stringify(all.body)).not.toContain('A-1');
    await requireHealthy(server.app);
  });

  it('gives the last code to one of 30 at once, and costs the others nothing', async () => {
    const { id, item } = await createItem({ kind: 'code' });
    await addCodes(id, ['LAST']);
    const people = await crowd(30, 10, () => signUpReferrer());
    const answers = await times(30, (index) => kit.redeem(people[index] as SignedUp, undefined, { item }));
    expect(answers.filter(({ body }) => body.code === 'LAST')).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'LIMIT_REACHED')).toHaveLength(29);
    const balances = await Promise.all(people.map((who) => kit.balanceOf(who)));
    expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(30 * 100 - 40);
    await requireHealthy(server.app);
  });

  it('gives 30 at once 30 different codes', async () => {
    const { id, item } = await createItem({ kind: 'code', cost: 1 });
    await addCodes(
      id,
      range(30).map((index) => `CODE-${index}`),
    );
    const ada = await signUpReferrer();
    const answers = await times(30, () => kit.redeem(ada, undefined, { item }));
    expect(new Set(answers.map(({ body }) => body.code)).size).toBe(30);
    const { db } = server.app;
    const given = db.updateTable('reward_item_codes').set({ redemption_id: null }).where('item_id', '=', id);
    await expect(given.execute()).rejects.toThrow('a code that was given');
  });
});

describe('an item that is fulfilled elsewhere', () => {
  it('is open until an administrator fulfils it, once', async () => {
    const { id, item } = await createItem();
    const ada = await signUpReferrer();
    const redeemed = (await kit.redeem(ada, undefined, { item })).body;
    expect(redeemed).toMatchObject({ state: 'open', code: null, balance: 60 });
    const list = await kit.as(admin, 'GET', `/api/admin/redemptions?item=${item}&user=${ada.username}`);
    expect(list.body.items).toMatchObject([
      { id: redeemed.id, state: 'open', user: { id: ada.user.id, username: ada.username } },
    ]);
    const fulfil = () =>
      kit.as(admin, 'POST', `/api/admin/redemptions/${redeemed.id}/fulfil`, { note: 'Parcel 123' });
    const answers = await times(30, fulfil);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(29);
    expect(await listOwn(ada)).toMatchObject([
      { state: 'fulfilled', note: 'Parcel 123', fulfilledAt: expect.stringMatching(/Z$/) },
    ]);
    expect(await readItem(id)).toMatchObject({ redeemed: 1, open: 0, codesLeft: null });
    const unknown = await kit.as(admin, 'POST', `/api/admin/redemptions/${generateId()}/fulfil`);
    expect(unknown.status).toBe(404);
  });

  const decide = (id: string, verb: 'fulfil' | 'cancel', body: object = { reason: 'No more mugs' }) =>
    kit.as(admin, 'POST', `/api/admin/redemptions/${id}/${verb}`, verb === 'cancel' ? body : {});

  it('can be cancelled before, which gives the credits back once and makes room under the limit', async () => {
    const { id: itemId, item } = await createItem({ maxPerUser: 1 });
    const ada = await signUpReferrer();
    const { id } = (await kit.redeem(ada, undefined, { item })).body;
    expect((await findOffer(ada, item)).obstacle).toBe('used_up');
    expect((await decide(id, 'cancel', {})).body.errors[0].path).toBe('reason');
    const answers = await times(30, () => decide(id, 'cancel'));
    expect(tally(answers)).toEqual({ 200: 1, '409 CONFLICT': 29 });
    const cancelled = { state: 'cancelled', note: 'No more mugs', fulfilledAt: null };
    expect(answers.find(({ status }) => status === 200)?.body).toMatchObject({
      ...cancelled,
      cancelledAt: expect.stringMatching(/Z$/),
    });
    expect((await decide(id, 'fulfil')).body.detail).toBe('This redemption is cancelled already');
    expect(await listOwn(ada)).toMatchObject([cancelled]);
    const { balance, items } = await kit.readRewards(ada);
    expect([balance, items[0]]).toMatchObject([100, { kind: 'cancellation', amount: 40, item }]);
    expect(await kit.readStats(ada)).toMatchObject({ creditsEarned: 100, creditsBalance: 100 });
    expect(await readItem(itemId)).toMatchObject({ redeemed: 0, open: 0 });
    const list = await kit.as(admin, 'GET', `/api/admin/redemptions?item=${item}&state=cancelled`);
    expect(list.body.items).toMatchObject([{ id, ...cancelled }]);
    expect((await kit.redeem(ada, undefined, { item })).body).toMatchObject({ balance: 60, state: 'open' });
    expect((await decide(generateId(), 'cancel')).status).toBe(404);
    await requireHealthy(server.app);
  });

  it('is fulfilled or cancelled, never both, when 30 race for it while credits are spent', async () => {
    const { item } = await createItem();
    const ada = await signUpReferrer();
    const { id } = (await kit.redeem(ada, undefined, { item })).body;
    const answers = await times(30, (n) => {
      if (n % 3 === 2) return kit.redeem(ada, undefined, { item });
      return decide(id, n % 3 === 0 ? 'fulfil' : 'cancel');
    });
    const decided = answers.filter((_, n) => n % 3 !== 2);
    expect(tally(decided)).toEqual({ 200: 1, '409 CONFLICT': 19 });
    const { state } = (await listOwn(ada)).find((one: { id: string }) => one.id === id);
    const bought = answers.filter(({ status }, n) => n % 3 === 2 && status === 200).length;
    expect(await kit.balanceOf(ada)).toBe((state === 'cancelled' ? 100 : 60) - 40 * bought);
    await requireHealthy(server.app);
  });
});

describe('the catalogue', () => {
  it('has tiers, limits and prices, which hold at the redemption', async () => {
    const tier = await createItem({ minReferrals: 3, maxPerUser: 2, cost: 90 });
    const { item } = tier;
    const ada = await signUpReferrer(2);
    expect(await findOffer(ada, item)).toEqual({
      item,
      kind: 'external',
      name: 'A mug',
      description: null,
      cost: 90,
      minReferrals: 3,
      maxPerUser: 2,
      obstacle: 'referrals',
    });
    expect((await kit.redeem(ada, undefined, { item })).body).toMatchObject({
      code: 'LIMIT_REACHED',
      detail: 'This needs 3 successful referrals; you have 2',
    });
    await kit.bring(ada, 1);
    const answers = await times(30, () => kit.redeem(ada, undefined, { item }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect((await findOffer(ada, item)).obstacle).toBe('used_up');
    const raised = await kit.as(admin, 'PATCH', `${PATH}/${tier.id}`, { cost: 500, maxPerUser: null });
    expect(raised.body).toMatchObject({ cost: 500, maxPerUser: null, minReferrals: 3, redeemed: 2 });
    expect((await findOffer(ada, item)).obstacle).toBe('credits');
    expect((await kit.redeem(ada, undefined, { item })).body.code).toBe('INSUFFICIENT_CREDITS');
    expect((await listOwn(ada)).map(({ cost }: { cost: number }) => cost)).toEqual([90, 90]);
    await kit.as(admin, 'PATCH', `${PATH}/${tier.id}`, { enabled: false });
    expect(await findOffer(ada, item)).toBeUndefined();
    expect((await kit.redeem(ada, undefined, { item })).body.errors[0].path).toBe('item');
    await requireHealthy(server.app);
  });

  it('refuses a name that is taken, codes for other items, and unknown items', async () => {
    const { id, item } = await createItem();
    expect((await kit.as(admin, 'POST', PATH, { item, kind: 'code', name: 'x', cost: 1 })).body.code).toBe(
      'CONFLICT',
    );
    expect((await addCodes(id, ['x'])).body.code).toBe('CONFLICT');
    expect((await addCodes(generateId(), ['x'])).body.code).toBe('NOT_FOUND');
    expect((await kit.as(admin, 'PATCH', `${PATH}/${generateId()}`, { cost: 2 })).body.code).toBe(
      'NOT_FOUND',
    );
    for (const [path, members] of [
      ['item', { item: 'With blanks' }],
      ['kind', { kind: 'premium' }],
      ['cost', { cost: 0 }],
      ['minReferrals', { minReferrals: -1 }],
    ] as const) {
      const body = { item: 'a-name', kind: 'code', name: 'x', cost: 1, ...members };
      const answer = await kit.as(admin, 'POST', PATH, body);
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, path]);
    }
  });
});
