import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import type { ExportedEntry } from './schema.ts';

export type ExportedEntryRow = Omit<ExportedEntry, 'createdAt'> & { createdAt: Date };

/** Lists the entries of all recipients of the campaign, newest first. */
export async function listCampaignEntryRows(
  db: Db,
  { campaignId, before, limit }: { campaignId: string; before: string | null; limit: number },
): Promise<ExportedEntryRow[]> {
  const { rows } = await sql<ExportedEntryRow>`
    select e.id, e.kind, e.amount, e.unit, e.reward_id as "rewardId", e.external_id as "externalId",
      e.created_at as "createdAt", e.recipient_id as "recipientId", p.external_id as recipient
    from campaign_entries e
      left join campaign_referrers r on r.id = e.recipient_id
      left join campaign_referrals f on f.id = e.recipient_id
      join campaign_people p on p.id = coalesce(r.person_id, f.person_id)
    where e.campaign_id = ${campaignId}::uuid and (${before}::uuid is null or e.id < ${before}::uuid)
    order by e.id desc limit ${limit}`.execute(db);
  return rows;
}
