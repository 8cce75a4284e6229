import type { Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';

export type StandingReward = {
  id: string;
  userId: string;
  credits: number;
  role: 'referrer' | 'referred' | 'milestone';
  referralId: string | null;
  milestone: number | null;
  state: 'granted' | 'review';
  createdAt: Date;
  /** The one that a reversal takes back. */
  entryId: string;
};

/** In the order of their users. Read them after: a statement that waited for the lock would see no entry made meanwhile. */
export async function lockReferralRewards(trx: Trx, referralId: string): Promise<void> {
  await trx
    .selectFrom('rewards')
    .select('id')
    .where('referral_id', '=', referralId)
    .orderBy('user_id')
    .forUpdate()
    .execute();
}

/** Rewards with credits that nobody took back, locked in the order of their users. */
const lockStandingRewards = async (trx: Trx, condition: RawBuilder<boolean>): Promise<StandingReward[]> => {
  const { rows } = await sql<StandingReward>`
    select r.id, r.user_id as "userId", r.credits, r.role, r.referral_id as "referralId", r.threshold as milestone,
      r.state, r.created_at as "createdAt", e.id as "entryId"
    from rewards r join lateral (
      select e.id from credit_entries e
      where (e.reward_id = r.id or e.root_reward_id = r.id) and e.amount > 0
        and not exists (select from credit_entries x where x.reverses_id = e.id)
    ) e on true
    where ${condition} order by r.user_id, r.threshold for update of r`.execute(trx);
  return rows;
};

export const lockGrantedRewards = (trx: Trx, referralId: string): Promise<StandingReward[]> =>
  lockStandingRewards(trx, sql<boolean>`r.referral_id = ${referralId} and r.state = 'granted'`);

/** Also one for a milestone that an administrator may take back: in review, or granted. */
export const lockDecidableReward = async (trx: Trx, id: string): Promise<StandingReward | undefined> => {
  const [reward] = await lockStandingRewards(
    trx,
    sql<boolean>`r.id = ${id} and (r.state = 'review' or (r.state = 'granted' and r.role = 'milestone'))`,
  );
  return reward;
};

/** Needs the lock on milestones and on the account. */
export const lockLostMilestones = (trx: Trx, userId: string, count: number): Promise<StandingReward[]> =>
  lockStandingRewards(
    trx,
    sql<boolean>`r.user_id = ${userId} and r.threshold > ${count} and r.state = 'granted'`,
  );

export type PendingReward = Awaited<ReturnType<typeof listPendingRewards>>[number];

/** Needs the lock on the rewards. */
export async function listPendingRewards(trx: Trx, referralId: string) {
  return trx
    .selectFrom('rewards')
    .select(['id', 'user_id as userId', 'role', 'created_at as createdAt'])
    .where('referral_id', '=', referralId)
    .where('state', '=', 'pending')
    .orderBy('user_id')
    .execute();
}

export async function insertReversalEntry(
  trx: Trx,
  entry: {
    id: string;
    userId: string;
    credits: number;
    rewardId: string;
    reversesId: string;
    balance: number;
  },
): Promise<void> {
  await trx
    .insertInto('credit_entries')
    .values({
      id: entry.id,
      user_id: entry.userId,
      amount: -entry.credits,
      kind: 'reversal',
      reverses_id: entry.reversesId,
      root_reward_id: entry.rewardId,
      balance_after: entry.balance,
    })
    .execute();
}

export type LostReward = {
  id: string;
  userId: string;
  credits: number;
  role: 'referrer' | 'referred' | 'milestone';
  referralId: string | null;
  milestone: number | null;
  state: 'cancelled' | 'review' | 'reversed' | 'waived';
  createdAt: Date;
};

const selectLostRewards = (trx: Trx) =>
  trx
    .selectFrom('rewards')
    .select([
      'id',
      'user_id as userId',
      'credits',
      'role',
      'referral_id as referralId',
      'threshold as milestone',
      'state',
      'created_at as createdAt',
    ])
    .where('state', 'in', ['cancelled', 'review', 'reversed', 'waived'])
    .orderBy('user_id')
    .orderBy('threshold')
    .forUpdate()
    .$narrowType<{ state: LostReward['state'] }>();

export const lockLostRewards = (trx: Trx, referralId: string): Promise<LostReward[]> =>
  selectLostRewards(trx).where('referral_id', '=', referralId).execute();

/** Those up to the count, except those that an administrator decided. */
export const lockRegainedMilestones = (trx: Trx, userId: string, count: number): Promise<LostReward[]> =>
  selectLostRewards(trx)
    .where('user_id', '=', userId)
    .where('threshold', '<=', count)
    .where('decided_by', 'is', null)
    .execute();

export const lockTakenMilestone = (trx: Trx, id: string): Promise<LostReward | undefined> =>
  selectLostRewards(trx)
    .where('id', '=', id)
    .where('threshold', 'is not', null)
    .where('decided_by', 'is not', null)
    .executeTakeFirst();

/** Takes the newest reversal of the reward back. */
export async function insertRestorationEntry(
  trx: Trx,
  entry: { id: string; userId: string; credits: number; rewardId: string },
): Promise<void> {
  await sql`
    with reversal as (
      select e.id from credit_entries e
      where e.kind = 'reversal' and not exists (select from credit_entries x where x.reverses_id = e.id)
        and (e.root_reward_id = ${entry.rewardId}
          or e.reverses_id = (select id from credit_entries where reward_id = ${entry.rewardId}))
    ),
    entry as (
      insert into credit_entries (id, user_id, amount, kind, reverses_id, root_reward_id)
      select ${entry.id}::uuid, ${entry.userId}::uuid, ${entry.credits}::int, 'restoration', id, ${entry.rewardId}::uuid
      from reversal
      returning user_id, amount
    )
    insert into credit_deltas (user_id, amount) select user_id, amount from entry`.execute(trx);
}
