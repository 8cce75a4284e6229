import type { CampaignAudience, Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { BUILT_IN_CAMPAIGNS } from '../policy.ts';

export type CampaignLife = NonNullable<Awaited<ReturnType<typeof lockCampaignLife>>>;

export const lockCampaignLife = (trx: Trx, id: string) =>
  trx
    .selectFrom('referral_campaigns')
    .select([
      'id',
      'audience',
      'group_name as group',
      'starts_at as startsAt',
      'ends_at as endsAt',
      'started_at as startedAt',
      'paused_at as pausedAt',
      'ended_at as endedAt',
    ])
    .where('id', '=', id)
    .where('id', 'not in', BUILT_IN_CAMPAIGNS)
    .forUpdate()
    .executeTakeFirst();

export type CampaignChange = Partial<{
  name: string;
  audience: CampaignAudience;
  group_name: string | null;
  starts_at: Date | null;
  ends_at: Date | null;
}>;

export async function updateReferralCampaignRow(trx: Trx, id: string, change: CampaignChange): Promise<void> {
  await trx.updateTable('referral_campaigns').set(change).where('id', '=', id).execute();
}

/** At most one runs for everyone. A later planned start is void. Throws `referral_campaigns_everyone_key` in a race. */
export async function startReferralCampaignRow(trx: Trx, id: string): Promise<void> {
  await trx
    .updateTable('referral_campaigns')
    .set({ started_at: sql`now()`, starts_at: sql`case when starts_at <= now() then starts_at end` })
    .where('id', '=', id)
    .execute();
}

/** A paused one too. */
export async function endCampaignsForEveryone(trx: Trx): Promise<string[]> {
  const rows = await trx
    .updateTable('referral_campaigns')
    .set({ ended_at: sql`now()`, paused_at: null })
    .where('audience', '=', 'everyone')
    .where('started_at', 'is not', null)
    .where('ended_at', 'is', null)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

export async function pauseCampaignRow(trx: Trx, id: string, isPaused: boolean): Promise<void> {
  await trx
    .updateTable('referral_campaigns')
    .set({ paused_at: isPaused ? sql`now()` : null })
    .where('id', '=', id)
    .execute();
}

export async function endReferralCampaignRow(trx: Trx, id: string): Promise<void> {
  await trx
    .updateTable('referral_campaigns')
    .set({ ended_at: sql`now()`, paused_at: null })
    .where('id', '=', id)
    .execute();
}

/** Those whose end has come, also before they were started. Returns their IDs. */
export async function endDueCampaigns(trx: Trx): Promise<string[]> {
  const rows = await trx
    .updateTable('referral_campaigns')
    .set({ started_at: sql`coalesce(started_at, starts_at)`, ended_at: sql`ends_at`, paused_at: null })
    .where('ended_at', 'is', null)
    .where('ends_at', '<=', sql<Date>`now()`)
    .where(sql<boolean>`(started_at is not null or starts_at is not null)`)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

export async function listDueCampaignIds(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('referral_campaigns')
    .select('id')
    .where('started_at', 'is', null)
    .where('starts_at', '<=', sql<Date>`now()`)
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

export async function deleteCampaignUsers(trx: Trx, campaignId: string): Promise<void> {
  await trx.deleteFrom('referral_campaign_users').where('campaign_id', '=', campaignId).execute();
}

export async function listCampaignUserRows(
  db: Db,
  page: { campaignId: string; after: string | null; limit: number },
) {
  return db
    .selectFrom('referral_campaign_users as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select(['u.id', 'u.username'])
    .where('m.campaign_id', '=', page.campaignId)
    .$call((query) => (page.after === null ? query : query.where('m.user_id', '>', page.after)))
    .orderBy('m.user_id')
    .limit(page.limit)
    .execute();
}
