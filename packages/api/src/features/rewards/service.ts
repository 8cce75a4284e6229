import { type Page, toPage, type Trx } from '@linkgrove/db';
import type { UserCtx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { cursorToId } from '../../core/pagination.ts';
import * as queries from './queries.ts';
import { COSTS, type CreditEntry, type Redeemable, redeemable, type RewardsPage } from './schema.ts';

/** Credits a referrer earns for each successful referral. */
const REFERRER_CREDITS = 10;

/** Rewards a referrer for a referral that became successful; exactly once per referral. */
export const rewardReferrer = (
  ctx: { db: Trx },
  referral: { id: string; referrerId: string },
): Promise<void> =>
  queries.insertReward(ctx.db, {
    userId: referral.referrerId,
    referralId: referral.id,
    role: 'referrer',
    credits: REFERRER_CREDITS,
  });

/** The user's entries in the ledger, newest first. */
export async function listEntries(
  ctx: UserCtx,
  input: { limit: number; cursor?: string | undefined },
): Promise<Page<CreditEntry>> {
  const { userId } = ctx.principal;
  const rows = await queries.listEntries(ctx.db, {
    userId,
    before: cursorToId(input.cursor),
    limit: input.limit,
  });
  return toPage(
    rows.map(({ item, createdAt, ...row }) => ({
      ...row,
      item: item === null ? null : redeemable.parse(item),
      createdAt: createdAt.toISOString(),
    })),
    input.limit,
  );
}

/** What the user has, what it came from and went to, and what it can be spent on. */
export async function list(
  ctx: UserCtx,
  input: { limit: number; cursor?: string | undefined },
): Promise<RewardsPage> {
  const page = await listEntries(ctx, input);
  return {
    balance: await queries.sumEntries(ctx.db, ctx.principal.userId),
    ...page,
    catalogue: redeemable.options.map((item) => ({ item, cost: COSTS[item] })),
  };
}

/** One redemption: its id, what was left, and until when the user is premium. */
export type Redemption = { id: string; item: Redeemable; balance: number; premiumUntil: Date };

/**
 * The redemption that was made with this key already, so that a repeated request is answered alike. Holds
 * the user's account until the transaction ends. Throws `CONFLICT` where the key stands for another item.
 */
export async function findRedemption(
  ctx: { db: Trx },
  request: { userId: string; item: Redeemable; key: string | null },
): Promise<Redemption | undefined> {
  await queries.lockAccount(ctx.db, request.userId);
  const earlier =
    request.key === null ? undefined : await queries.findRedemption(ctx.db, request.userId, request.key);
  if (!earlier) return undefined;
  const { id, item, balance, premiumUntil } = earlier;
  if (item !== request.item || balance === null || premiumUntil === null) {
    throw new AppError('CONFLICT', 'This Idempotency-Key was used for something else');
  }
  return { id, item: request.item, balance, premiumUntil };
}

/** Spends the credits of an item; call `findRedemption` first. Throws `INSUFFICIENT_CREDITS`. */
export async function spend(
  ctx: { db: Trx },
  request: { userId: string; item: Redeemable; key: string | null; premiumUntil: Date },
): Promise<Redemption> {
  const { userId, item, key, premiumUntil } = request;
  const cost = COSTS[item];
  const balance = (await queries.sumEntries(ctx.db, userId)) - cost;
  if (balance < 0) {
    throw new AppError('INSUFFICIENT_CREDITS', `This costs ${cost} credits; you have ${balance + cost}`);
  }
  // The constraint on the account says the same, whatever this code does.
  await queries.setBalance(ctx.db, userId, balance);
  const id = newId();
  await queries.insertRedemption(ctx.db, { id, userId, item, cost, key, balance, premiumUntil });
  return { id, item, balance, premiumUntil };
}
