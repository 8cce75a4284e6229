import { type Paginated, withTransaction } from '@linkgrove/db';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { AppCtx, DbCtx, MemberCtx, TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { finishDueWork } from '../../../core/due-work.ts';
import { AppError } from '../../../core/errors.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { computeShare, requireWorkspaceCampaign } from '../../campaigns/service.ts';
import type { CampaignTerms } from '../../campaigns/schema.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { CAP_PERIOD_FORMATS } from '../../rewards/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { requireRole, roleSubquery } from '../../workspaces/service.ts';
import { reverseEntries, writeEntry } from '../ledger/service.ts';
import { CREDITS } from '../ledger/schema.ts';
import * as queries from './queries.ts';
import type { CampaignReward, decideCampaignRewardInput, listCampaignRewardsInput } from './schema.ts';

type RewardedReferral = CampaignTerms & { id: string; campaignId: string; referrerId: string };
type RewardedConversion = { id: string; amount: number | null; currency: string | null };

function toReferrerValue(terms: CampaignTerms, { amount, currency }: RewardedConversion) {
  if (terms.basisPoints === null || amount === null || currency === null)
    return { unit: CREDITS, amount: terms.referrerCredits };
  return { unit: currency, amount: computeShare(amount, terms.basisPoints) };
}

/** The conversion that qualified the referral rewards both sides; later ones, within the months, the referrer. */
export async function rewardConversion(
  ctx: TrxCtx,
  referral: RewardedReferral,
  conversion: RewardedConversion,
  { isFirst }: { isFirst: boolean },
): Promise<void> {
  const common = {
    campaignId: referral.campaignId,
    referralId: referral.id,
    referrerId: referral.referrerId,
    conversionId: conversion.id,
    kind: referral.rewardKind,
    holdDays: referral.holdDays,
  };
  const recurring = referral.months !== null;
  const values = [{ role: 'referrer' as const, recurring, ...toReferrerValue(referral, conversion) }];
  const customer = { unit: CREDITS, amount: referral.referredCredits, recurring: false };
  const sides = isFirst ? [...values, { role: 'referred' as const, ...customer }] : values;
  const created: string[] = [];
  for (const side of sides.filter(({ amount }) => amount > 0)) {
    const id = generateId();
    if (!(await queries.insertCampaignReward(ctx.db, { ...common, ...side, id }))) continue;
    if (side.role === 'referrer' && !(await takeSlot(ctx, id, referral))) continue;
    created.push(id);
  }
  if (referral.holdDays === 0) await grantNow(ctx, conversion.id, created);
}

/** A reward over the cap is stored as `capped` and pays nothing. It was stored first, so a retry takes no second slot. */
async function takeSlot({ db }: TrxCtx, id: string, referral: RewardedReferral): Promise<boolean> {
  const { referrerId, cap, capPeriod, timezone } = referral;
  if (cap === null) return true;
  const periodFormat = CAP_PERIOD_FORMATS[capPeriod];
  const period = await queries.takeReferrerSlot(db, { referrerId, cap, periodFormat, timezone });
  await queries.updateCampaignReward(db, id, period ? { cap_period: period } : { state: 'capped' });
  return period !== undefined;
}

async function grantNow(ctx: TrxCtx, conversionId: string, ids: string[]): Promise<void> {
  const rewards = await queries.lockCampaignRewards(ctx.db, { conversionId });
  for (const reward of rewards) if (ids.includes(reward.id)) await grantCampaignReward(ctx, reward);
}

/** Needs the lock on the reward. */
async function grantCampaignReward(ctx: TrxCtx, reward: queries.LockedReward): Promise<void> {
  if (reward.state !== 'pending' || !reward.isDue) return;
  if (reward.isReferrerDeleted) return cancelReward(ctx, reward);
  const { id: rewardId, campaignId, recipientId, unit, amount } = reward;
  await writeEntry(ctx, { campaignId, recipientId, unit, amount, kind: 'reward', rewardId });
  await queries.updateCampaignReward(ctx.db, rewardId, { state: 'granted', granted_at: sql<Date>`now()` });
  await publishEventsFrom(ctx, 'reward.granted', queries.campaignRewardEventQuery(rewardId));
}

/** Scheduled job: grants the rewards whose hold is over. */
export const grantDueRewards = (ctx: AppCtx): Promise<void> =>
  finishDueWork(
    (limit) => queries.listDueRewardIds(ctx.db, limit),
    (id) =>
      withTransaction(ctx, async (trx) => {
        const [reward] = await queries.lockCampaignRewards(trx.db, { id });
        if (reward) await grantCampaignReward(trx, reward);
      }),
  );

async function returnSlot({ db }: TrxCtx, { referrerId, period }: queries.LockedReward): Promise<void> {
  if (period !== null) await queries.returnReferrerSlot(db, referrerId, period);
}

/** Nothing was granted, so there is no event. */
async function cancelReward(ctx: TrxCtx, reward: queries.LockedReward): Promise<void> {
  await queries.updateCampaignReward(ctx.db, reward.id, { state: 'cancelled' });
  await returnSlot(ctx, reward);
}

/** Returns false, having changed nothing, if the credits are already spent. */
async function reverseGrantedReward(ctx: TrxCtx, reward: queries.LockedReward): Promise<boolean> {
  if (!(await reverseEntries(ctx, reward))) return false;
  await queries.updateCampaignReward(ctx.db, reward.id, { state: 'reversed' });
  await returnSlot(ctx, reward);
  await publishEventsFrom(ctx, 'reward.reversed', queries.campaignRewardEventQuery(reward.id));
  return true;
}

/** A reward that was fulfilled or spent goes to `review`. */
async function takeRewardBack(ctx: TrxCtx, reward: queries.LockedReward): Promise<void> {
  if (reward.state === 'pending') return cancelReward(ctx, reward);
  const isTakenBack = reward.state === 'granted' && (await reverseGrantedReward(ctx, reward));
  if (isTakenBack || !['granted', 'fulfilled'].includes(reward.state)) return;
  await queries.updateCampaignReward(ctx.db, reward.id, { state: 'review' });
}

/** Takes back the rewards of a refunded sale or a rejected referral. The caller has locked the customer. */
export async function takeRewardsBack(
  ctx: TrxCtx,
  of: { conversionId: string } | { referralId: string },
): Promise<void> {
  for (const reward of await queries.lockCampaignRewards(ctx.db, of)) await takeRewardBack(ctx, reward);
}

/** For a referrer who is deleted. */
export async function discardPendingRewards(ctx: TrxCtx, referrerId: string): Promise<void> {
  for (const reward of await queries.lockCampaignRewards(ctx.db, { referrerId }))
    await cancelReward(ctx, reward);
}

const createRewardNotFoundError = () => new AppError('NOT_FOUND', 'Reward not found');

function toCampaignReward({ unit, ...row }: queries.RewardRow): CampaignReward {
  return {
    ...row,
    currency: unit === CREDITS ? null : unit,
    dueAt: row.dueAt.toISOString(),
    grantedAt: row.grantedAt?.toISOString() ?? null,
    fulfilledAt: row.fulfilledAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

async function readCampaignReward(ctx: DbCtx, id: string): Promise<CampaignReward> {
  const [row] = await queries.listCampaignRewardRows(ctx.db, { id });
  if (!row) throw createRewardNotFoundError();
  return toCampaignReward(row);
}

export async function listCampaignRewards(
  ctx: MemberCtx,
  input: z.infer<typeof listCampaignRewardsInput>,
): Promise<Paginated<CampaignReward>> {
  const { id: campaignId, referrerId, state } = input;
  await requireWorkspaceCampaign(ctx, campaignId);
  return paginate(
    input,
    (before, limit) =>
      queries.listCampaignRewardRows(ctx.db, { campaignId, referrerId, state, before, limit }),
    toCampaignReward,
  );
}

/** Without a check of who asks: what a referrer was rewarded with last. */
export async function listNewestRewards(
  ctx: DbCtx,
  of: { campaignId: string; referrerId: string },
  limit: number,
): Promise<CampaignReward[]> {
  const filter = { ...of, role: 'referrer' as const, state: undefined, before: null, limit };
  return (await queries.listCampaignRewardRows(ctx.db, filter)).map(toCampaignReward);
}

/** Throws like `requireRole`. */
async function lockDecidedReward(ctx: MemberCtx & TrxCtx, id: string): Promise<queries.LockedReward> {
  const role = await queries.findRoleForReward(ctx.db, id, roleSubquery(ctx.principal, 'c.workspace_id'));
  requireRole(ctx, role, { createNotFoundError: createRewardNotFoundError });
  const [reward] = await queries.lockCampaignRewards(ctx.db, { id });
  if (!reward) throw createRewardNotFoundError();
  return reward;
}

/**
 * A repetition changes nothing. Throws `CONFLICT` unless it is a granted reward of kind `external`, and
 * `INSUFFICIENT_CREDITS` if its credits were spent.
 */
export async function fulfilReward(ctx: MemberCtx, { id }: { id: string }): Promise<CampaignReward> {
  return withTransaction(ctx, async (trx) => {
    const reward = await lockDecidedReward(trx, id);
    if (reward.kind !== 'external')
      throw new AppError('CONFLICT', 'Only rewards of the kind external are fulfilled');
    if (reward.state === 'fulfilled') return readCampaignReward(trx, id);
    if (reward.state !== 'granted')
      throw new AppError('CONFLICT', `Only granted rewards can be fulfilled. This one is ${reward.state}.`);
    const { campaignId, recipientId, unit, amount } = reward;
    const entry = { campaignId, recipientId, unit, amount: -amount, kind: 'fulfilment' as const };
    if (!(await writeEntry(trx, { ...entry, rewardId: id })))
      throw new AppError('INSUFFICIENT_CREDITS', 'Credits of this reward are already spent');
    await queries.updateCampaignReward(trx.db, id, { state: 'fulfilled', fulfilled_at: sql<Date>`now()` });
    return readCampaignReward(trx, id);
  });
}

type Decision = z.infer<typeof decideCampaignRewardInput>;

async function decideInReview(
  ctx: MemberCtx,
  { id, reason }: Decision,
  type: 'reward_reversed' | 'reward_waived',
  effect: (ctx: TrxCtx, reward: queries.LockedReward) => Promise<void>,
): Promise<CampaignReward> {
  return withTransaction(ctx, async (trx) => {
    const reward = await lockDecidedReward(trx, id);
    if (reward.state !== 'review') throw new AppError('CONFLICT', 'This reward is not in review');
    await effect(trx, reward);
    await recordSecurityEvent(trx, type, {
      userId: ctx.principal.userId,
      details: { rewardId: id, reason },
    });
    return readCampaignReward(trx, id);
  });
}

/** Confirms that your product took back what it had fulfilled. Throws `INSUFFICIENT_CREDITS` for spent credits. */
export const reverseCampaignReward = (ctx: MemberCtx, input: Decision): Promise<CampaignReward> =>
  decideInReview(ctx, input, 'reward_reversed', async (trx, reward) => {
    if (await reverseGrantedReward(trx, reward)) return;
    throw new AppError('INSUFFICIENT_CREDITS', `The referrer has fewer than ${reward.amount} credits`);
  });

/** The recipient keeps it, and it still counts under its cap. */
export const waiveCampaignReward = (ctx: MemberCtx, input: Decision): Promise<CampaignReward> =>
  decideInReview(ctx, input, 'reward_waived', (trx, { id }) =>
    queries.updateCampaignReward(trx.db, id, { state: 'waived' }),
  );
