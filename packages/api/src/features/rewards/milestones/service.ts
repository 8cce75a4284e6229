import type { TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { publishRewardEvent } from '../service.ts';
import * as queries from './queries.ts';

export type Milestone = { referrals: number; credits: number };

export async function rewardMilestones(
  { db }: TrxCtx,
  of: { userId: string; campaignId: string; milestones: Milestone[]; count: number },
): Promise<Milestone[]> {
  const reached = of.milestones.filter(({ referrals }) => referrals <= of.count);
  if (reached.length === 0) return [];
  const granted = await queries.insertMilestoneRewards(db, {
    userId: of.userId,
    campaignId: of.campaignId,
    milestones: reached.map((milestone) => ({ ...milestone, id: generateId() })),
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

export async function listOpenMilestones(
  { db }: TrxCtx,
  of: { userId: string; milestones: Milestone[] },
): Promise<Milestone[]> {
  if (of.milestones.length === 0) return [];
  const reached = new Set(await queries.listReachedMilestones(db, of.userId));
  return of.milestones.filter(({ referrals }) => !reached.has(referrals));
}
