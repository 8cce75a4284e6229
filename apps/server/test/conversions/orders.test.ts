import { grantDueRewards } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { useTestServer } from '../kit/index.ts';
import { newExternalId, openShop } from './kit.ts';

const server = useTestServer();

const MONTHS = 2;
const SHARE = 1_500;

type Step =
  | { kind: 'sale' | 'refund'; customer: number; order: number; amount: number }
  | { kind: 'end of a hold'; nth: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('sale' as const, 'sale' as const, 'refund' as const),
      customer: fc.nat(1),
      order: fc.nat(2),
      amount: fc.constantFrom(0, 7, 999, 12_345),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end of a hold' as const), nth: fc.nat(5) }) },
);

/** The programme in a few lines, as its owner would keep it on paper. */
function createPaperLedger({ isMonthly }: { isMonthly: boolean }) {
  type Sale = { amount: number; refunded: boolean; reward?: { amount: number; state: string; at: number } };
  const customers = new Map<number, { sales: Map<number, Sale>; status: string; qualifiedBy?: number }>();
  let clock = 0;
  const rewards = () =>
    [...customers.values()]
      .flatMap(({ sales }) => [...sales.values()].flatMap(({ reward }) => reward ?? []))
      .toSorted((a, b) => a.at - b.at);
  return {
    sell: (customer: number, order: number, amount: number): boolean => {
      const known = customers.get(customer) ?? { sales: new Map<number, Sale>(), status: 'pending' };
      customers.set(customer, known);
      const earlier = known.sales.get(order);
      if (earlier) return earlier.amount === amount;
      const sale: Sale = { amount, refunded: false };
      known.sales.set(order, sale);
      const isFirst = known.status === 'pending';
      if (amount === 0 || !(isFirst || (known.status === 'successful' && isMonthly))) return true;
      if (isFirst) Object.assign(known, { status: 'successful', qualifiedBy: order });
      const share = Math.trunc((amount * SHARE) / 10_000);
      if (share > 0) sale.reward = { amount: share, state: 'pending', at: (clock += 1) };
      return true;
    },
    refund: (customer: number, order: number): boolean => {
      const known = customers.get(customer);
      const sale = known?.sales.get(order);
      if (!known || !sale) return false;
      if (sale.refunded) return true;
      sale.refunded = true;
      if (sale.reward) sale.reward.state = sale.reward.state === 'pending' ? 'cancelled' : 'reversed';
      if (!isMonthly && known.qualifiedBy === order) known.status = 'rejected';
      return true;
    },
    endHold: (nth: number): void => {
      const due = rewards().filter(({ state }) => state === 'pending')[nth];
      if (due) due.state = 'granted';
    },
    sum: (state: string) =>
      rewards().reduce((sum, reward) => sum + (reward.state === state ? reward.amount : 0), 0),
    countSuccessful: () => [...customers.values()].filter(({ status }) => status === 'successful').length,
  };
}

it.each([{ isMonthly: false }, { isMonthly: true }])(
  'sales, refunds, ends of holds and repetitions in any order give the sums of a recount: %o',
  async ({ isMonthly }) => {
    const terms = { basisPoints: SHARE, holdDays: 30, ...(isMonthly && { months: MONTHS }) };
    const shop = await openShop(server, terms);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const paper = createPaperLedger({ isMonthly });
        const referrer = await shop.refer();
        const people = [newExternalId(), newExternalId()];
        for (const one of steps) {
          if (one.kind === 'end of a hold') {
            paper.endHold(one.nth);
            await sql`
              update campaign_rewards set due_at = now() where id = (
                select id from campaign_rewards where referrer_id = ${referrer.id} and state = 'pending'
                order by id offset ${one.nth} limit 1
              )`.execute(server.app.db);
            await grantDueRewards(server.app);
            continue;
          }
          const { customer, order, amount } = one;
          const event = { externalId: people[customer], eventName: `order-${order}` };
          if (one.kind === 'refund') {
            const { status } = await shop.track('refund', event);
            expect(status).toBe(paper.refund(customer, order) ? 200 : 404);
            continue;
          }
          const sale = { ...event, referralCode: referrer.code, amount, currency: 'JPY' };
          const { status } = await shop.track('sale', sale);
          expect(status).toBe(paper.sell(customer, order, amount) ? 201 : 409);
        }
        const { rewards, successful } = await shop.read(referrer);
        const [sums = { pending: 0, balance: 0, earned: 0 }] = rewards;
        expect([successful, sums.pending, sums.balance, sums.earned]).toEqual([
          paper.countSuccessful(),
          paper.sum('pending'),
          paper.sum('granted'),
          paper.sum('granted'),
        ]);
      }),
      { numRuns: 25 },
    );
    await requireHealthy(server.app);
  },
  120_000,
);
