import type { Db } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { isUuid } from '../../../core/crypto/ids.ts';
import { creditAccountSubquery } from '../queries.ts';
import type { ReviewedReward, RewardFilters, RewardOrder } from './schema.ts';

type ReviewedRewardRow = Omit<ReviewedReward, 'createdAt' | 'dueAt' | 'user'> & {
  createdAt: Date;
  dueAt: Date | null;
  userId: string;
  username: string | null;
  balance: number;
};

export type RewardsFilter = {
  state: RewardFilters['state'];
  userId: string | undefined;
  referrerId: string | undefined;
  campaignId: string | undefined;
  role: RewardFilters['reason'];
  /** `users` selects the IDs of the users whom the text means. */
  search: { text: string; users: RawBuilder<string> } | undefined;
};

const searchCondition = ({ text, users }: NonNullable<RewardsFilter['search']>) => {
  const id = isUuid(text) ? sql`or w.id = ${text}::uuid or w.referral_id = ${text}::uuid` : sql``;
  return sql<boolean>`(w.user_id in (${users}) ${id})`;
};

export function rewardsCondition(filter: RewardsFilter) {
  const { state, userId, referrerId, campaignId, role, search } = filter;
  const all = [
    sql<boolean>`true`,
    state === 'all' ? undefined : sql<boolean>`w.state = ${sql.lit(state)}`,
    userId === undefined ? undefined : sql<boolean>`w.user_id = (select ${userId}::uuid)`,
    referrerId === undefined
      ? undefined
      : sql<boolean>`w.referral_id in (select id from referrals where referrer_id = ${referrerId}::uuid)`,
    campaignId === undefined ? undefined : sql<boolean>`w.campaign_id = ${campaignId}::uuid`,
    role === undefined ? undefined : sql<boolean>`w.role = ${sql.lit(role)}`,
    search === undefined ? undefined : searchCondition(search),
  ].filter((condition) => condition !== undefined);
  return sql<boolean>`(${sql.join(all, sql` and `)})`;
}

type RewardsPage = { where: RawBuilder<boolean>; sort: RewardOrder; after: string | null; limit: number };

const pageCondition = ({ where, sort, after, limit }: RewardsPage) => {
  const isNewest = sort === 'newest';
  const follows = isNewest ? sql`w.id < ${after}::uuid` : sql`w.id > ${after}::uuid`;
  return sql`${where} and (${after}::uuid is null or ${follows})
    order by ${isNewest ? sql`w.id desc` : sql`w.id`} limit ${limit}`;
};

export async function listReviewedRewardRows(
  db: Db,
  page: { id: string } | RewardsPage,
): Promise<ReviewedRewardRow[]> {
  const where = 'id' in page ? sql`w.id = ${page.id}` : pageCondition(page);
  const { rows } = await sql<ReviewedRewardRow>`
    select w.id, w.state, w.role, w.credits, w.referral_id as "referralId", w.threshold as milestone,
      w.campaign_id as "campaignId", w.created_at as "createdAt",
      w.due_at as "dueAt", u.id as "userId", u.username, account.balance
    from rewards w join users u on u.id = w.user_id cross join lateral ${creditAccountSubquery(sql.ref('u.id'))} account
    where ${where}`.execute(db);
  return rows;
}
