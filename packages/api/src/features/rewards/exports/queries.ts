import type { Db } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { entryReasonCondition } from '../queries.ts';
import type { EntryReason } from '../schema.ts';
import type { ExportedEntryOfAll, ExportedReward } from './schema.ts';

type Stored<T> = Omit<T, 'createdAt'> & { createdAt: Date };

/** Newest first; of all users, or of one. */
export async function listExportedEntryRows(
  db: Db,
  page: { userId: string | null; reason: EntryReason | undefined; before: string | null; limit: number },
): Promise<Stored<ExportedEntryOfAll>[]> {
  const { userId, reason, before, limit } = page;
  const { rows } = await sql<Stored<ExportedEntryOfAll>>`
    select e.id, e.created_at as "createdAt", e.kind, e.amount, r.role, r.referral_id as "referralId",
      r.threshold as milestone, coalesce(e.item, reversed.item) as item, e.user_id as "userId", u.username, e.reason
    from credit_entries e
      join users u on u.id = e.user_id
      left join credit_entries reversed on reversed.id = e.reverses_id
      left join rewards r on r.id = coalesce(e.root_reward_id, e.reward_id, reversed.reward_id)
    where ${userId === null ? sql`true` : sql`e.user_id = (select ${userId}::uuid)`}
      and ${entryReasonCondition(reason)}
      and (${before}::uuid is null or e.id < ${before}::uuid)
    order by e.id desc limit ${limit}`.execute(db);
  return rows;
}

export async function listExportedRewardRows(
  db: Db,
  { where, before, limit }: { where: RawBuilder<boolean>; before: string | null; limit: number },
): Promise<Stored<ExportedReward>[]> {
  const { rows } = await sql<Stored<ExportedReward>>`
    select w.id, w.created_at as "createdAt", w.state, w.role, w.credits, w.user_id as "userId", u.username,
      w.referral_id as "referralId", w.threshold as milestone, c.name as campaign
    from rewards w join users u on u.id = w.user_id join referral_campaigns c on c.id = w.campaign_id
    where ${where} and (${before}::uuid is null or w.id < ${before}::uuid)
    order by w.id desc limit ${limit}`.execute(db);
  return rows;
}
