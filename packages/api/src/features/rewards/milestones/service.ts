import type { DbCtx, TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { publishRewardEvent } from '../service.ts';
import * as queries from './queries.ts';

export type Milestone = { referrals: number; credits: number };

export const lockMilestones = ({ db }: TrxCtx, userId: string): Promise<void> =>
  queries.lockMilestoneRows(db, userId);

export const listMilestoneStates = ({ db }: DbCtx, userId: string): Promise<queries.MilestoneState[]> =>
  queries.listMilestoneStateRows(db, userId);

export const countSuccessfulReferrals = ({ db }: DbCtx, userId: string): Promise<number> =>
  queries.countSuccessfulReferralRows(db, userId);

/** Once each in a lifetime, without a hold. Returns the new ones. */
export async function grantMilestones(
  { db }: TrxCtx,
  of: { userId: string; campaignId: string; milestones: Milestone[] },
): Promise<Milestone[]> {
  if (of.milestones.length === 0) return [];
  const granted = await queries.insertMilestoneRewards(db, {
    userId: of.userId,
    campaignId: of.campaignId,
    milestones: of.milestones.map((milestone) => ({ ...milestone, id: generateId() })),
  });
  for (const { id, credits, referrals: milestone } of granted) {
    const reward = {
      id,
      userId: of.userId,
      role: 'milestone' as const,
      credits,
      referralId: null,
      milestone,
    };
    await publishRewardEvent({ db }, 'reward.granted', reward);
  }
  return granted;
}
