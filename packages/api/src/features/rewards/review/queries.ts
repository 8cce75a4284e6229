import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import { creditAccountSubquery } from '../queries.ts';
import type { RewardReviewState } from './schema.ts';

type ReviewedRewardRow = {
  id: string;
  state: RewardReviewState;
  role: 'referrer' | 'referred';
  credits: number;
  referralId: string;
  campaignId: string;
  createdAt: Date;
  userId: string;
  username: string | null;
  balance: number;
};

export async function listReviewedRewardRows(
  db: Db,
  filter: { id: string } | { state: RewardReviewState; after: string | null; limit: number },
): Promise<ReviewedRewardRow[]> {
  const where =
    'id' in filter
      ? sql`w.id = ${filter.id} and w.referral_id is not null`
      : sql`w.state = ${sql.lit(filter.state)} and (${filter.after}::uuid is null or w.id > ${filter.after}::uuid)
          order by w.id limit ${filter.limit}`;
  const { rows } = await sql<ReviewedRewardRow>`
    select w.id, w.state, w.role, w.credits, w.referral_id as "referralId", w.campaign_id as "campaignId",
      w.created_at as "createdAt", u.id as "userId", u.username, account.balance
    from rewards w join users u on u.id = w.user_id cross join lateral ${creditAccountSubquery(sql.ref('u.id'))} account
    where ${where}`.execute(db);
  return rows;
}
