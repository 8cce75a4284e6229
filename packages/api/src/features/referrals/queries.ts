import { type Db, isoTimePart, prepareQuery, type ReferralStatus, type Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { isUuid } from '../../core/crypto/ids.ts';
import { knownPageCondition, knownPagePart } from './sources/queries.ts';

export type ReferralTransition = {
  id: string;
  from: ReferralStatus[];
  to: ReferralStatus;
  reason: string | null;
  /** Null if the rules decided. */
  actorId: string | null;
  /** Only for reversals. */
  cause?: 'refund' | 'fraud' | 'other' | null;
};

/** One statement; of parallel transitions one succeeds. Returns undefined if the status is not in `from`. */
export async function transitionReferral(trx: Trx, transition: ReferralTransition) {
  const { id, from, to, reason, actorId, cause = null } = transition;
  const countChange = (status: ReferralStatus) => sql`(${to} = ${status})::int - (was = ${status})::int`;
  const { rows } = await sql<{ id: string; referrerId: string; referredUserId: string }>`
    with before as (
      select id, status, qualified_at from referrals where id = ${id} and status = any(${from}::text[]) for update
    ),
    moved as (
      update referrals r
      set status = ${to}, qualified_at = case when ${to} = 'successful' then now() end, reason = ${reason}, due_at = null
      from before b where r.id = b.id
      returning r.id, r.referrer_id, r.referred_user_id, r.link_id, r.campaign_version_id, b.status as was,
        b.qualified_at as succeeded_at
    ),
    recorded as (
      insert into referral_events (referral_id, from_status, to_status, reason, actor_id, cause)
      select id, was, ${to}, ${reason}, ${actorId}::uuid, ${cause} from moved
    ),
    counted as (
      insert into referral_deltas
        (referrer_id, link_id, campaign_version_id, pending, successful, rejected, review, reversed)
      select referrer_id, link_id, campaign_version_id,
        ${countChange('pending')}, ${countChange('successful')}, ${countChange('rejected')}, ${countChange('review')},
        (was = 'successful')::int
      from moved
    ),
    undone as (
      insert into referral_deltas (referrer_id, link_id, at, day, undone)
      select referrer_id, link_id, succeeded_at, (succeeded_at at time zone 'utc')::date, 1
      from moved where was = 'successful'
    )
    select id, referrer_id as "referrerId", referred_user_id as "referredUserId" from moved`.execute(trx);
  return rows[0];
}

/** For `publishEventsFrom`: the referral as it is now. The referred person's address is not in it. */
export const referralEventQuery = (id: string) => sql`
  select r.referrer_id as workspace_id, r.id as object_id, json_build_object(
    'id', r.id, 'status', r.status, 'username', u.username, 'dateReferred', ${isoTimePart(sql`r.date_referred`)},
    'qualifiedAt', ${isoTimePart(sql`r.qualified_at`)},
    'link', json_build_object('id', l.id, 'code', l.code, 'label', l.label), 'source', r.source, 'page', ${knownPagePart}
  ) as data
  from referrals r join users u on u.id = r.referred_user_id join referral_links l on l.id = r.link_id
    left join pages p on p.id = r.page_id and ${knownPageCondition(sql.ref('r.referrer_id'))}
  where r.id = ${id}::uuid`;

const selectReferrals = (db: Db, referrerId: string | RawBuilder<string>) =>
  db
    .selectFrom('referrals as r')
    .innerJoin('users as u', 'u.id', 'r.referred_user_id')
    .innerJoin('referral_links as l', 'l.id', 'r.link_id')
    .leftJoin('pages as p', (join) =>
      join.onRef('p.id', '=', 'r.page_id').on(knownPageCondition(sql.ref<string>('r.referrer_id'))),
    )
    .leftJoin('rewards as w', (join) =>
      join.onRef('w.referral_id', '=', 'r.id').on('w.role', '=', 'referrer'),
    )
    .select([
      'r.id',
      'w.state as rewardState',
      'w.credits as rewardCredits',
      'u.username',
      'r.status',
      'r.date_referred as dateReferred',
      'r.qualified_at as qualifiedAt',
      'r.utm',
      'l.code',
      'l.label',
      'r.source',
      'p.id as pageId',
      'p.handle as pageHandle',
    ])
    // The subquery keeps the planner on the referrer index even for very large referrers.
    .where('r.referrer_id', '=', sql<string>`(select ${referrerId}::uuid)`)
    .orderBy('r.id', 'desc');

const selectFirstReferrals = prepareQuery({ referrerId: '', limit: 0 }, (db, { referrerId, limit }) =>
  selectReferrals(db, referrerId).limit(limit).compile(),
);

export type ReferralRange = { from: Date | null; to: Date | null };
export type OwnReferralsFilter = ReferralRange & {
  status: ReferralStatus | undefined;
  link: string | undefined;
  campaignId: string | undefined;
};

export const referralRangeCondition = ({ from, to }: ReferralRange) => sql<boolean>`
  (${from}::timestamptz is null or r.date_referred >= ${from}::timestamptz)
  and (${to}::timestamptz is null or r.date_referred < ${to}::timestamptz)`;

/** Matches referrals of a link with this ID or this code, current or earlier. */
export const usedLinkCondition = (link: string) =>
  isUuid(link)
    ? sql<boolean>`r.link_id = ${link}::uuid`
    : sql<boolean>`r.link_id = (
        select c.link_id from referral_codes c where lower(c.code collate "C") = lower(${link}::text collate "C")
      )`;

export const campaignCondition = (campaignId: string) => sql<boolean>`r.campaign_version_id in (
  select v.id from referral_campaign_versions v where v.campaign_id = ${campaignId}::uuid
)`;

export const ownReferralsCondition = (referrerId: string, filter: OwnReferralsFilter) => sql<boolean>`
  r.referrer_id = (select ${referrerId}::uuid)
  and ${filter.status === undefined ? sql`true` : sql`r.status = ${filter.status}`}
  and ${filter.link === undefined ? sql`true` : usedLinkCondition(filter.link)}
  and ${filter.campaignId === undefined ? sql`true` : campaignCondition(filter.campaignId)}
  and ${referralRangeCondition(filter)}`;

const isUnfiltered = ({ status, link, campaignId, from, to }: OwnReferralsFilter): boolean =>
  [status, link, campaignId, from ?? undefined, to ?? undefined].every((value) => value === undefined);

export async function listReferralRows(
  db: Db,
  page: { referrerId: string; filter: OwnReferralsFilter; before: string | null; limit: number },
) {
  const { referrerId, filter, before, limit } = page;
  if (before === null && isUnfiltered(filter)) return selectFirstReferrals(db, { referrerId, limit });
  const { status, link, campaignId } = filter;
  return selectReferrals(db, referrerId)
    .$call((query) => (status === undefined ? query : query.where('r.status', '=', status)))
    .$call((query) => (link === undefined ? query : query.where(usedLinkCondition(link))))
    .$call((query) => (campaignId === undefined ? query : query.where(campaignCondition(campaignId))))
    .$call((query) => (filter.from ? query.where('r.date_referred', '>=', filter.from) : query))
    .$call((query) => (filter.to ? query.where('r.date_referred', '<', filter.to) : query))
    .$call((query) => (before === null ? query : query.where('r.id', '<', before)))
    .limit(limit)
    .execute();
}
