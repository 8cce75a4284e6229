import type { Db, ReferralStatus, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

type ReviewedReferralRow = {
  id: string;
  status: ReferralStatus;
  reason: string | null;
  risk: number;
  signals: string[];
  dateReferred: Date;
  qualifiedAt: Date | null;
  referrer: { id: string; username: string | null };
  referred: { id: string; username: string | null };
  link: { code: string; label: string | null };
  campaign: { id: string; version: number };
  history: {
    from: ReferralStatus;
    to: ReferralStatus;
    reason: string | null;
    actor: string | null;
    at: string;
  }[];
};

export async function lockReferralStatus(trx: Trx, id: string): Promise<ReferralStatus | undefined> {
  const row = await trx
    .selectFrom('referrals')
    .select('status')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row?.status;
}

export async function listReviewedReferralRows(
  db: Db,
  filter: { id: string } | { status: ReferralStatus; after: string | null; limit: number },
): Promise<ReviewedReferralRow[]> {
  const where =
    'id' in filter
      ? sql`r.id = ${filter.id}`
      : sql`r.status = ${filter.status} and (${filter.after}::uuid is null or r.id > ${filter.after}::uuid)
          order by r.id limit ${filter.limit}`;
  const { rows } = await sql<ReviewedReferralRow>`
    select r.id, r.status, r.reason, r.risk, r.signals, r.date_referred as "dateReferred",
      r.qualified_at as "qualifiedAt",
      json_build_object('id', referrer.id, 'username', referrer.username) as referrer,
      json_build_object('id', referred.id, 'username', referred.username) as referred,
      json_build_object('code', l.code, 'label', l.label) as link,
      json_build_object('id', v.campaign_id, 'version', v.version) as campaign,
      (
        select coalesce(json_agg(json_build_object(
          'from', e.from_status, 'to', e.to_status, 'reason', e.reason, 'actor', actor.username,
          'at', to_char(e.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        ) order by e.id), '[]')
        from referral_events e left join users actor on actor.id = e.actor_id
        where e.referral_id = r.id
      ) as history
    from referrals r
      join users referrer on referrer.id = r.referrer_id
      join users referred on referred.id = r.referred_user_id
      join referral_links l on l.id = r.link_id
      join referral_campaign_versions v on v.id = r.campaign_version_id
    where ${where}`.execute(db);
  return rows;
}
