import type { Db, ReferralStatus, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';

export type Candidate = { line: number; referrer: string; referred: string; code: string | null };
export type FoundCandidate = {
  line: number;
  referrerId: string | null;
  referredUserId: string | null;
  /** Of the code, or else the referrer's first one. */
  linkId: string | null;
  knownReferrerId: string | null;
  isReferrerOlder: boolean | null;
};

const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

const userIdQuery = (name: RawBuilder<string>) => sql`
  select x.id from users x
  where x.deleted_at is null and (
    lower(x.email collate "C") = lower(${name} collate "C") or lower(x.username collate "C") = lower(${name} collate "C")
      or x.id = case when lower(${name}) ~ ${UUID} then ${name}::uuid end
  )`;

export async function findCandidates(db: Db, candidates: Candidate[]): Promise<FoundCandidate[]> {
  const { rows } = await sql<FoundCandidate>`
    select g.line, p.id as "referrerId", u.id as "referredUserId", l.id as "linkId",
      u.referred_by as "knownReferrerId", p.created_at <= u.created_at as "isReferrerOlder"
    from json_to_recordset(${JSON.stringify(candidates)}::json)
        as g (line int, referrer text, referred text, code text)
      left join users p on p.id = (${userIdQuery(sql`g.referrer`)})
      left join users u on u.id = (${userIdQuery(sql`g.referred`)})
      left join referral_links l on l.user_id = p.id and case
        when g.code is null then l.code = p.referral_code
        else l.id = (
          select c.link_id from referral_codes c where lower(c.code collate "C") = lower(g.code collate "C")
        ) end
    order by g.line`.execute(db);
  return rows;
}

export type AddedReferral = {
  id: string;
  referrerId: string;
  referredUserId: string;
  linkId: string;
  versionId: string;
  status: Exclude<ReferralStatus, 'review'>;
  dateReferred: string;
  qualifiedAt: string | null;
};

/** One statement. Leaves out users who have a referrer by now; returns the IDs of those added. */
export async function insertAddedReferrals(
  trx: Trx,
  rows: AddedReferral[],
  by: { userId: string; reason: string },
): Promise<string[]> {
  const { rows: added } = await sql<{ id: string }>`
    with given as (
      select * from json_to_recordset(${JSON.stringify(rows)}::json) as g (
        id uuid, "referrerId" uuid, "referredUserId" uuid, "linkId" uuid, "versionId" uuid, status text,
        "dateReferred" timestamptz, "qualifiedAt" timestamptz
      )
    ),
    assigned as (
      update users u set referred_by = g."referrerId"
      from given g where u.id = g."referredUserId" and u.referred_by is null returning u.id
    ),
    added as (
      insert into referrals (
        id, referrer_id, referred_user_id, link_id, campaign_version_id, status, date_referred, qualified_at,
        unvisited, took_use, added_by, added_reason
      )
      select g.id, g."referrerId", g."referredUserId", g."linkId", g."versionId", g.status, g."dateReferred",
        g."qualifiedAt", true, false, ${by.userId}::uuid, ${by.reason}
      from given g where g."referredUserId" in (select id from assigned)
      returning id, referrer_id, link_id, status, date_referred, qualified_at
    ),
    noted as (
      insert into referral_events (referral_id, from_status, to_status, reason, actor_id, created_at)
      select id, 'pending', 'successful', ${by.reason}, ${by.userId}::uuid, qualified_at from added where status = 'successful'
    ),
    counted as (
      insert into referral_deltas (referrer_id, link_id, at, day, signups, unvisited, pending, rejected)
      select referrer_id, link_id, date_referred, (date_referred at time zone 'utc')::date, 1, 1,
        (status <> 'rejected')::int, (status = 'rejected')::int
      from added
    ),
    succeeded as (
      insert into referral_deltas (referrer_id, link_id, at, day, pending, successful)
      select referrer_id, link_id, qualified_at, (qualified_at at time zone 'utc')::date, -1, 1
      from added where status = 'successful'
    )
    select id from added`.execute(trx);
  return added.map(({ id }) => id);
}
