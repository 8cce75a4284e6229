import type { Db, ReferralStatus, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { isUuid } from '../../../core/crypto/ids.ts';
import {
  campaignCondition,
  type ReferralRange,
  referralRangeCondition,
  usedLinkCondition,
} from '../queries.ts';
import type { ReversalCause, ReviewOrder } from './schema.ts';

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
    cause: ReversalCause | null;
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

type RestoredReferral = { id: string; referrerId: string; referredUserId: string; versionId: string };

/**
 * As of the first success: its day and the day of the reversal are as if nothing had happened. Undefined if it was not reversed.
 * It takes back the place that the reversal freed. If that is taken, it stands over `max_uses` without one.
 */
export async function restoreReferralRow(
  trx: Trx,
  { id, reason, actorId }: { id: string; reason: string; actorId: string },
): Promise<RestoredReferral | undefined> {
  const { rows } = await sql<RestoredReferral>`
    with before as (
      select r.id, r.link_id, succeeded.at as succeeded_at, reversed.at as reversed_at,
        r.took_use is false and r.added_by is null as gave_place_back
      from referrals r
        cross join lateral (
          select e.created_at as at from referral_events e
          where e.referral_id = r.id and e.to_status = 'successful' order by e.id limit 1
        ) succeeded
        cross join lateral (
          select e.created_at as at, e.from_status from referral_events e
          where e.referral_id = r.id order by e.id desc limit 1
        ) reversed
      where r.id = ${id} and r.status = 'rejected' and reversed.from_status = 'successful'
    ),
    place as (
      update referral_links l set uses = l.uses + 1 from before b
      where l.id = b.link_id and b.gave_place_back and l.uses_of = 'successes' and l.uses < l.max_uses
      returning l.id
    ),
    moved as (
      update referrals r set status = 'successful', qualified_at = b.succeeded_at, reason = null,
        took_use = r.took_use or exists (select from place)
      from before b where r.id = b.id
      returning r.id, r.referrer_id, r.referred_user_id, r.link_id, r.campaign_version_id, b.succeeded_at, b.reversed_at
    ),
    recorded as (
      insert into referral_events (referral_id, from_status, to_status, reason, actor_id)
      select id, 'rejected', 'successful', ${reason}, ${actorId}::uuid from moved
    ),
    uncounted as (
      insert into referral_deltas (referrer_id, link_id, at, day, successful, rejected, reversed)
      select referrer_id, link_id, reversed_at, (reversed_at at time zone 'utc')::date, 1, -1, -1 from moved
    ),
    redone as (
      insert into referral_deltas (referrer_id, link_id, at, day, undone)
      select referrer_id, link_id, succeeded_at, (succeeded_at at time zone 'utc')::date, -1 from moved
    )
    select id, referrer_id as "referrerId", referred_user_id as "referredUserId", campaign_version_id as "versionId"
    from moved`.execute(trx);
  return rows[0];
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
          'from', e.from_status, 'to', e.to_status, 'reason', e.reason, 'actor', actor.username, 'cause', e.cause,
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
