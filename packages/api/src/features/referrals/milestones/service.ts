import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import {
  countSuccessfulReferrals,
  grantMilestones,
  listMilestoneStates,
  lockMilestones,
  type Milestone,
} from '../../rewards/milestones/service.ts';
import {
  restoreRegainedMilestones,
  reverseLostMilestones,
  type TakenBack,
} from '../../rewards/reversals/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { getPromisedMilestones } from '../campaigns/service.ts';
import { mailMilestones } from '../digests/service.ts';
import { MAX_PAID_REFERRERS, NEAR_SUCCESSES } from './policy.ts';
import * as queries from './queries.ts';
import type { PaidMilestones, payPassedMilestonesInput } from './schema.ts';

type MilestoneTerms = { userId: string; campaignId: string; milestones: Milestone[] };

/**
 * Call it before a success is stored: one that may reach a milestone waits for others of the referrer, so that each sees
 * the exact count. Returns the terms for `settleMilestones`, or undefined if no milestone is near.
 */
export async function prepareMilestones(
  ctx: TrxCtx,
  { userId, campaignId, milestones }: MilestoneTerms,
): Promise<MilestoneTerms | undefined> {
  const known = await listMilestoneStates(ctx, userId);
  const paid = new Set(known.map(({ referrals }) => referrals));
  const open = milestones.filter(({ referrals }) => !paid.has(referrals));
  // Also those that stand: a reversal that runs at the same time may be taking one back.
  const candidates = [...open, ...known.filter(({ isFinal }) => !isFinal)];
  if (candidates.length === 0) return undefined;
  const count = await countSuccessfulReferrals(ctx, userId);
  const isNear = candidates.some(({ referrals }) => Math.abs(referrals - count) <= NEAR_SUCCESSES);
  if (!isNear) return undefined;
  await lockMilestones(ctx, userId);
  return { userId, campaignId, milestones: open };
}

/** Grants the milestone that the newest success reached, and those that reversals had taken back. */
export async function settleMilestones(ctx: AppTrxCtx, terms: MilestoneTerms | undefined): Promise<void> {
  if (!terms) return;
  const { userId, milestones } = terms;
  const count = await countSuccessfulReferrals(ctx, userId);
  const reached = milestones.filter(({ referrals }) => referrals === count);
  const granted = await grantMilestones(ctx, { ...terms, milestones: reached });
  await restoreRegainedMilestones(ctx, { userId, count });
  await mailMilestones(ctx, { userId, milestones: granted, count });
}

/** Needs `lockMilestones` and the account's lock, and the reversal already stored. */
export async function takeLostMilestones(ctx: TrxCtx, userId: string): Promise<TakenBack[]> {
  const count = await countSuccessfulReferrals(ctx, userId);
  return reverseLostMilestones(ctx, { userId, count });
}

/** A reversal that is undone reaches milestones like a success. Needs `lockMilestones`. */
export const regainMilestones = async (ctx: AppTrxCtx, referralId: string): Promise<void> =>
  settleMilestones(ctx, await queries.getMilestoneTerms(ctx.db, referralId));

/** Throws `NOT_FOUND`, and `CONFLICT` for a campaign that has not started. Nobody is paid in a preview. */
export async function payPassedMilestones(
  ctx: UserCtx,
  { id, preview }: z.infer<typeof payPassedMilestonesInput>,
): Promise<PaidMilestones> {
  const { userId: actorId } = ctx.principal;
  const milestones = await getPromisedMilestones(ctx, id);
  const passed = await queries.listPassedMilestones(ctx.db, { campaignId: id, milestones });
  const referrers = [...new Set(passed.map(({ userId }) => userId))];
  const due = preview ? referrers : referrers.slice(0, MAX_PAID_REFERRERS);
  const paid: Milestone[] = preview ? passed : [];
  if (!preview)
    for (const userId of due) paid.push(...(await payReferrer(ctx, { userId, campaignId: id, milestones })));
  const totals = summarize(milestones, paid);
  if (!preview && paid.length > 0) {
    const details = { campaignId: id, referrers: due.length, credits: totals.credits };
    await recordSecurityEvent(ctx, 'milestones_paid', { userId: actorId, actorId, details });
  }
  return { preview, referrers: due.length, remaining: referrers.length - due.length, ...totals };
}

const payReferrer = (ctx: AppCtx, of: MilestoneTerms): Promise<Milestone[]> =>
  withTransaction(ctx, async (trx) => {
    await lockMilestones(trx, of.userId);
    const count = await countSuccessfulReferrals(trx, of.userId);
    const passed = of.milestones.filter(({ referrals }) => referrals <= count);
    const granted = await grantMilestones(trx, { ...of, milestones: passed });
    await mailMilestones(trx, { userId: of.userId, milestones: granted, count });
    return granted;
  });

function summarize(
  milestones: Milestone[],
  paid: Milestone[],
): Pick<PaidMilestones, 'milestones' | 'credits'> {
  const rows = milestones.map((milestone) => ({
    ...milestone,
    referrers: paid.filter(({ referrals }) => referrals === milestone.referrals).length,
  }));
  return { milestones: rows, credits: paid.reduce((sum, { credits }) => sum + credits, 0) };
}
