import type { Db, ReferralStatus, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { isUuid } from '../../../core/crypto/ids.ts';
import {
  campaignCondition,
  type ReferralRange,
  referralRangeCondition,
  usedLinkCondition,
} from '../queries.ts';
import type { ReviewOrder } from './schema.ts';

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

/** `users` selects the IDs of the users whom the text means. */
export type Search = { text: string; users: RawBuilder<string> };

export type ReviewedReferralsFilter = ReferralRange & {
  status: ReferralStatus | 'all';
  referrerId: string | undefined;
  campaignId: string | undefined;
  link: string | undefined;
  reason: string | undefined;
  search: Search | undefined;
};

const searchCondition = ({ text, users }: Search) => sql<boolean>`r.id in (
  select id from referrals where referrer_id in (${users})
  union all
  select id from referrals where referred_user_id in (${users})
  union all
  select x.id from referrals x join referral_codes c on c.link_id = x.link_id
  where lower(c.code collate "C") = lower(${text}::text collate "C")
  ${isUuid(text) ? sql`union all select ${text}::uuid` : sql``}
)`;

export function reviewedReferralsCondition(filter: ReviewedReferralsFilter) {
  const { status, referrerId, campaignId, link, reason, search } = filter;
  const all = [
    status === 'all' ? undefined : sql<boolean>`r.status = ${sql.lit(status)}`,
    referrerId === undefined ? undefined : sql<boolean>`r.referrer_id = (select ${referrerId}::uuid)`,
    campaignId === undefined ? undefined : campaignCondition(campaignId),
    link === undefined ? undefined : usedLinkCondition(link),
    reason === undefined ? undefined : sql<boolean>`r.reason = ${reason}`,
    search === undefined ? undefined : searchCondition(search),
    referralRangeCondition(filter),
  ].filter((condition) => condition !== undefined);
  return sql<boolean>`(${sql.join(all, sql` and `)})`;
}

const ORDERS: Record<ReviewOrder, { after: (id: string) => RawBuilder<boolean>; by: RawBuilder<unknown> }> = {
  oldest: { after: (id) => sql`r.id > ${id}::uuid`, by: sql`r.id` },
  newest: { after: (id) => sql`r.id < ${id}::uuid`, by: sql`r.id desc` },
  risk: {
    after: (id) => sql`(r.risk, r.id) < (select x.risk, x.id from referrals x where x.id = ${id}::uuid)`,
    by: sql`r.risk desc, r.id desc`,
  },
};

type ReviewPage = { where: RawBuilder<boolean>; sort: ReviewOrder; after: string | null; limit: number };

export async function listReviewedReferralRows(
  db: Db,
  page: { id: string } | ReviewPage,
): Promise<ReviewedReferralRow[]> {
  const where =
    'id' in page
      ? sql`r.id = ${page.id}`
      : sql`${page.where} and ${page.after === null ? sql`true` : ORDERS[page.sort].after(page.after)}
          order by ${ORDERS[page.sort].by} limit ${page.limit}`;
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
