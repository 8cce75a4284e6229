import {
  daysAgoPart,
  type Db,
  deleteExpiredRows,
  isoTimePart,
  secondsAgoPart,
  sqlPart,
  type SqlPart,
  type Trx,
} from '@linkgrove/db';
import { sql } from 'kysely';
import { signalWeightsPart, versionOfReferrerQuery } from '../campaigns/queries.ts';
import { knownPageCondition, knownPagePart } from '../sources/queries.ts';
import {
  BUSY_DOMAIN_DAYS,
  BUSY_DOMAIN_SIGN_UPS,
  BUSY_NETWORK_HOURS,
  BUSY_NETWORK_SIGN_UPS,
  BUSY_REFERRER_FACTOR,
  BUSY_REFERRER_SIGN_UPS,
  type FraudSignal,
  KNOWN_DOMAIN_DAYS,
  MAX_BUSY_SIGN_UPS,
  NEW_DOMAINS,
  NEW_DOMAINS_DAYS,
  NEW_DOMAINS_SAMPLE,
  REFERRER_HISTORY_DAYS,
  SAME_NETWORK_HOURS,
} from './policy.ts';
import type { CodeRefusal, NewReferral, RejectionReason } from './schema.ts';

export type Invitation = {
  code: string | null;
  /** An unusable code refuses the sign-up instead of being ignored. */
  isRequired: boolean;
  /** The visit whose code it is; it credits one sign-up. Null for a code that nobody visited. */
  attributionId: string | null;
  signedInAs: string | null;
  emailCanonical: string;
};

const refusal = (name: CodeRefusal) => sql.lit(name);

/** Takes one of the code's limited uses. `verdict` has a row if there is a code, `credited` if it is usable. */
export const referralAdmissionParts = ({
  code,
  isRequired,
  attributionId,
  signedInAs,
  emailCanonical,
}: Invitation) => ({
  invited: sqlPart`
    select l.id as link_id, l.user_id as referrer_id, u.email_canonical as referrer_email,
      l.max_uses is not null as limited,
      coalesce(u.email_canonical = ${emailCanonical}::text, false) as own,
      case
        when not l.enabled or l.deleted_at is not null or u.suspended_at is not null or u.deleted_at is not null
          then ${refusal('unknown')}
        when l.expires_at <= now() then ${refusal('expired')}
        when l.user_id = ${signedInAs}::uuid or (${isRequired}::boolean and u.email_canonical = ${emailCanonical}::text)
          then ${refusal('self')}
        when l.uses >= l.max_uses then ${refusal('used_up')}
      end as refusal
    from referral_codes c
      join referral_links l on l.id = c.link_id
      join users u on u.id = l.user_id
    where lower(c.code collate "C") = lower(${code}::text collate "C")`,

  attributionUsed: sqlPart<'invited' | 'mailbox_owner'>`
    insert into used_attributions (id)
    select ${attributionId}::uuid from invited i 
    where i.refusal is null and ${attributionId}::uuid is not null and not exists (select from mailbox_owner)
    on conflict (id) do nothing
    returning id`,

  invitedOnce: sqlPart<'invited' | 'attribution_used'>`
    select i.link_id, i.referrer_id, i.referrer_email, i.limited and not i.own as limited,
      coalesce(
        i.refusal,
        case when ${!isRequired && attributionId !== null}::boolean and not exists (select from attribution_used)
          then ${refusal('replayed')} end
      ) as refusal
    from invited i`,

  useTaken: sqlPart<'invited_once' | 'mailbox_owner'>`
    update referral_links l set uses = l.uses + 1 from invited_once i
    where l.id = i.link_id and i.limited and i.refusal is null and l.uses < l.max_uses
      and not exists (select from mailbox_owner)
    returning l.id`,

  verdict: sqlPart<'invited_once' | 'use_taken' | 'mailbox_owner'>`
    select i.link_id, i.referrer_id, i.referrer_email,
      coalesce(
        i.refusal,
        case when i.limited and not exists (select from use_taken) and not exists (select from mailbox_owner)
          then ${refusal('used_up')} end
      ) as refusal
    from invited_once i
    union all
    select null, null, null, ${refusal('unknown')}
    where ${code}::text is not null and not exists (select from invited_once)`,

  credited: sqlPart<'verdict'>`
    select * from verdict where refusal is null`,

  referrerId: sqlPart<'credited'>`select referrer_id from credited`,

  admittedCondition: isRequired
    ? sqlPart<'verdict'>`not exists (select from verdict where refusal is not null)`
    : sqlPart`true`,
});

export type Evidence = {
  emailCanonical: string;
  emailHmac: Buffer;
  deviceHash: Buffer;
  /** Null if the address does not identify a network, such as loopback. */
  networkHash: Buffer | null;
  signals: FraudSignal[];
  /** Null if anyone can get an address there. */
  domain: string | null;
  /** Null unless it can show who is behind it: no provider's, no disposable one. */
  ownDomain: string | null;
};

const reason = (name: RejectionReason) => sql.lit(name);
const signal = (name: FraudSignal) => sql.lit(name);
// As literals, which the planner knows, rather than as parameters.
const agoInHours = (hours: number) => sql`now() - make_interval(hours => ${sql.lit(hours)})`;
const agoInDays = (days: number) => sql`now() - make_interval(days => ${sql.lit(days)})`;
/** Must equal the expression of `users_domain_idx`. */
const domainOf = (column: 'x.email_canonical' | 'c.referrer_email') =>
  sql`split_part(${sql.ref(column)}, '@', 2)`;

/** Returning people are rejected at verification only: a referrer who guesses addresses sees the status. */
const rejectionReasonPart = ({ emailCanonical, emailHmac, deviceHash }: Evidence) => sqlPart`
      case
        when c.referrer_email = ${emailCanonical}::text or exists (
          select from previous_emails p where p.user_id = c.referrer_id and p.email_hmac = ${emailHmac}::bytea
        ) then ${reason('own_address')}
        when exists (
          select from user_devices d where d.device_hash = ${deviceHash}::bytea and d.user_id = c.referrer_id
        ) then ${reason('own_device')}
      end`;

const busyThresholdPart = sqlPart`
      greatest(${sql.lit(BUSY_REFERRER_SIGN_UPS)}, (
        select ${sql.lit(BUSY_REFERRER_FACTOR)} * coalesce(sum(d.signups), 0) / ${sql.lit(REFERRER_HISTORY_DAYS)}
        from referral_daily d
        where d.referrer_id = c.referrer_id and d.day < (now() at time zone 'utc')::date
          and d.day >= (now() at time zone 'utc')::date - ${sql.lit(REFERRER_HISTORY_DAYS)}
      ))::int`;

const newDomainPart = ({ ownDomain }: Evidence) => sqlPart`
      (${ownDomain}::text is not null and ${domainOf('c.referrer_email')} is distinct from ${ownDomain}::text and not exists (
        select from users x where ${domainOf('x.email_canonical')} = ${ownDomain}::text
          and x.email_verified_at is not null and x.created_at < ${agoInDays(KNOWN_DOMAIN_DAYS)}
      ))`;

/** Bounded reads, however many users the referrer brought. */
const velocitySignalsPart = ({ domain, ownDomain }: Evidence) => sqlPart`
        case when h.busy_threshold <= ${sql.lit(MAX_BUSY_SIGN_UPS)} and (
          select r.date_referred from referrals r where r.referrer_id = c.referrer_id
          order by r.id desc offset h.busy_threshold - 1 limit 1
        ) > ${agoInHours(24)} then ${signal('busy_referrer')} end,
        case when ${domain}::text is not null and ${sql.lit(BUSY_DOMAIN_SIGN_UPS)} = (
          select count(*) from (
            select from users x where ${domainOf('x.email_canonical')} = ${domain}::text
              and x.created_at > ${agoInDays(BUSY_DOMAIN_DAYS)} and x.referred_by = c.referrer_id
            limit ${sql.lit(BUSY_DOMAIN_SIGN_UPS)}
          ) recent
        ) then ${signal('busy_domain')} end,
        case when h.is_new_domain then ${signal('new_domain')} end,
        case when h.is_new_domain and ${sql.lit(NEW_DOMAINS)} <= (
          select count(*) from (
            select r.referred_user_id, r.date_referred, r.signals from referrals r
            where r.referrer_id = c.referrer_id
            order by r.id desc limit ${sql.lit(NEW_DOMAINS_SAMPLE)}
          ) latest join users x on x.id = latest.referred_user_id
          where ${signal('new_domain')} = any(latest.signals)
            and latest.date_referred > ${agoInDays(NEW_DOMAINS_DAYS)}
            and ${domainOf('x.email_canonical')} is distinct from ${ownDomain}::text
        ) then ${signal('new_domains')} end`;

const fraudSignalsPart = (evidence: Evidence) => {
  const { deviceHash, networkHash, signals, domain } = evidence;
  return sqlPart`
      array_remove(${signals}::text[] || array[
        case when exists (select from user_devices d where d.device_hash = ${deviceHash}::bytea)
            or exists (select from device_tombstones d where d.device_hash = ${deviceHash}::bytea)
          then ${signal('known_device')} end,
        case when ${networkHash}::bytea is not null and (
          exists (
            select from referral_networks n where n.referrer_id = c.referrer_id
              and n.network_hash = ${networkHash}::bytea and n.created_at > ${agoInHours(SAME_NETWORK_HOURS)}
          ) or exists (
            select from sessions s where s.user_id = c.referrer_id and s.network_hash = ${networkHash}::bytea
              and s.last_used_at > ${agoInHours(SAME_NETWORK_HOURS)}
          )
        ) then ${signal('same_network')} end,
        case when ${networkHash}::bytea is not null and ${sql.lit(BUSY_NETWORK_SIGN_UPS)} = (
          select count(*) from (
            select from referral_networks n where n.referrer_id = c.referrer_id
              and n.network_hash = ${networkHash}::bytea and n.created_at > ${agoInHours(BUSY_NETWORK_HOURS)}
            limit ${sql.lit(BUSY_NETWORK_SIGN_UPS)}
          ) recent
        ) then ${signal('busy_network')} end,
        case when t.reviews_same_domain and split_part(c.referrer_email, '@', 2) = ${domain}::text
          then ${signal('same_domain')} end,${velocitySignalsPart(evidence)}
      ], null)`;
};

export const insertReferralParts = (referral: NewReferral, evidence: Evidence) => ({
  judged: sqlPart<'credited'>`
    select c.link_id, c.referrer_id, t.version_id, t.signal_weights, t.review_risk,${rejectionReasonPart(evidence)} as reason,${fraudSignalsPart(evidence)} as signals
    from credited c cross join lateral (
      select a.id as version_id, a.reviews_same_domain, a.signal_weights, a.review_risk
      from (${versionOfReferrerQuery(sql.ref('c.referrer_id'))}) a
    ) t cross join lateral (
      select${busyThresholdPart} as busy_threshold,${newDomainPart(evidence)} as is_new_domain offset 0
    ) h`,

  weighed: sqlPart<'judged'>`
    select j.*, (
      select coalesce(sum((${signalWeightsPart('j.signal_weights')} ->> s)::int), 0) from unnest(j.signals) s
    )::int as risk
    from judged j`,

  referral: sqlPart<'weighed' | 'account' | 'use_taken'>`
    insert into referrals
      (id, referrer_id, referred_user_id, link_id, campaign_version_id, status, reason, risk, signals, utm, unvisited,
        took_use, source, page_id)
    select ${referral.id}::uuid, w.referrer_id, n.id, w.link_id, w.version_id,
      case when w.reason is not null then 'rejected' when w.risk >= w.review_risk then 'review' else 'pending' end,
      w.reason, w.risk, w.signals, ${referral.utm && JSON.stringify(referral.utm)}::jsonb,
      ${!referral.isVisited}::boolean, exists (select from use_taken), ${referral.source}::text, ${referral.pageId}::uuid
    from weighed w cross join account n
    returning id, referrer_id, link_id, status, unvisited, date_referred, source, page_id`,

  referralCounted: sqlPart<'referral'>`
    insert into referral_deltas (referrer_id, link_id, signups, unvisited, pending, rejected, review)
    select referrer_id, link_id, 1, unvisited::int, (status = 'pending')::int, (status = 'rejected')::int,
      (status = 'review')::int
    from referral`,

  networkStored: sqlPart<'referral'>`
    insert into referral_networks (referral_id, referrer_id, network_hash)
    select id, referrer_id, ${evidence.networkHash}::bytea from referral
    where ${evidence.networkHash}::bytea is not null`,
});

/** For `publishEventsPart`. */
export const newReferralEventPart = sqlPart<'referral' | 'account'>`
    select r.referrer_id as workspace_id, r.id as object_id, json_build_object(
      'id', r.id, 'status', r.status, 'username', a.username, 'dateReferred', ${isoTimePart(sql`r.date_referred`)},
      'qualifiedAt', null, 'link', json_build_object('id', l.id, 'code', l.code, 'label', l.label),
      'source', r.source, 'page', ${knownPagePart}
    ) as data
    from referral r join account a on true join referral_links l on l.id = r.link_id
      left join pages p on p.id = r.page_id and ${knownPageCondition(sql.ref('r.referrer_id'))}`;

export type ReferralParts = ReturnType<typeof referralAdmissionParts> &
  ReturnType<typeof insertReferralParts> & { referralEvent: SqlPart<'referral' | 'account'> };

export const deleteOldUsedAttributions = (db: Db, seconds: number): Promise<void> =>
  deleteExpiredRows(db, { table: 'used_attributions', by: sql`used_at`, before: secondsAgoPart(seconds) });

/** Also gives back the use of the code. A referral that an administrator decided stays. */
export async function deleteUnprovenReferral(trx: Trx, referredUserId: string): Promise<string | undefined> {
  const { rows } = await sql<{ referrerId: string }>`
    with network as (
      delete from referral_networks n using referrals r
      where r.id = n.referral_id and r.referred_user_id = ${referredUserId}
        and not exists (select from referral_events e where e.referral_id = r.id)
    ),
    gone as (
      delete from referrals r where r.referred_user_id = ${referredUserId}
        and not exists (select from referral_events e where e.referral_id = r.id)
      returning referrer_id, link_id, status, unvisited, took_use, date_referred as at
    ),
    uncounted as (
      insert into referral_deltas (referrer_id, link_id, at, day, signups, unvisited, pending, rejected, review)
      select referrer_id, link_id, at, (at at time zone 'utc')::date,
        -1, -unvisited::int, -(status = 'pending')::int, -(status = 'rejected')::int, -(status = 'review')::int
      from gone
    ),
    use_returned as (
      update referral_links l set uses = l.uses - 1 from gone g
      where l.id = g.link_id and l.uses > 0 and coalesce(g.took_use, true)
    )
    select referrer_id as "referrerId" from gone`.execute(trx);
  return rows[0]?.referrerId;
}

export const deleteOldReferralNetworks = (db: Db, days: number): Promise<void> =>
  deleteExpiredRows(db, { table: 'referral_networks', by: sql`created_at`, before: daysAgoPart(days) });
