import type { Db } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { knownPageCondition } from '../sources/queries.ts';
import type { ExportedReferralOfAll } from './schema.ts';

export type ExportedReferralRow = Omit<ExportedReferralOfAll, 'dateReferred' | 'qualifiedAt'> & {
  dateReferred: Date;
  qualifiedAt: Date | null;
};

/** Newest first. */
export async function listExportedReferralRows(
  db: Db,
  { where, before, limit }: { where: RawBuilder<unknown>; before: string | null; limit: number },
): Promise<ExportedReferralRow[]> {
  const { rows } = await sql<ExportedReferralRow>`
    select r.id, u.username, r.status, r.date_referred as "dateReferred", r.qualified_at as "qualifiedAt",
      l.code as "linkCode", l.label as "linkLabel", c.name as campaign, v.version as "campaignVersion",
      r.utm ->> 'utm_source' as "utmSource", r.utm ->> 'utm_medium' as "utmMedium",
      r.utm ->> 'utm_campaign' as "utmCampaign", r.utm ->> 'utm_term' as "utmTerm",
      r.utm ->> 'utm_content' as "utmContent", r.source, p.handle as page, r.referrer_id as "referrerId", referrer.username as referrer,
      r.reason, r.risk, array_to_string(r.signals, ' ') as signals
    from referrals r
      join users u on u.id = r.referred_user_id
      join users referrer on referrer.id = r.referrer_id
      join referral_links l on l.id = r.link_id
      join referral_campaign_versions v on v.id = r.campaign_version_id
      join referral_campaigns c on c.id = v.campaign_id
      left join pages p on p.id = r.page_id and ${knownPageCondition(sql.ref<string>('r.referrer_id'))}
    where ${where} and (${before}::uuid is null or r.id < ${before}::uuid)
    order by r.id desc limit ${limit}`.execute(db);
  return rows;
}
