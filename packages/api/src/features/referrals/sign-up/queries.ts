import { type Db, sqlPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { UtmParameters } from '../visits/schema.ts';
import {
  BUSY_NETWORK_HOURS,
  BUSY_NETWORK_SIGN_UPS,
  FRAUD_SIGNALS,
  type FraudSignal,
  REVIEW_RISK,
  SAME_NETWORK_HOURS,
} from './policy.ts';
import type { CodeRefusal, RejectionReason } from './schema.ts';

export type Invitation = {
  /** The code that was entered or remembered from a visit; null without a referral. */
  code: string | null;
  /** Whether an unusable code refuses the sign-up instead of being ignored. */
  isRequired: boolean;
  signedInAs: string | null;
  emailCanonical: string;
};

const refusal = (name: CodeRefusal) => sql.lit(name);

/**
 * Returns the parts of the sign-up statement that check the code and take one of its limited uses, unless the mailbox
 * has an owner. `verdict` has a row if there is a code, and `credited` if the code is usable.
 */
export const referralAdmissionParts = ({ code, isRequired, signedInAs, emailCanonical }: Invitation) => ({
  invited: sqlPart`
    select l.id as link_id, l.user_id as referrer_id, u.email_canonical as referrer_email,
      l.max_uses is not null as limited,
      case
        when not l.enabled or l.deleted_at is not null or u.suspended_at is not null or u.deleted_at is not null
          then ${refusal('unknown')}
        when l.expires_at <= now() then ${refusal('expired')}
        when l.user_id = ${signedInAs}::uuid or u.email_canonical = ${emailCanonical}::text then ${refusal('self')}
        when l.uses >= l.max_uses then ${refusal('used_up')}
      end as refusal
    from referral_codes c
      join referral_links l on l.id = c.link_id
      join users u on u.id = l.user_id
    where lower(c.code collate "C") = lower(${code}::text collate "C")`,

  useTaken: sqlPart<'invited' | 'mailbox_owner'>`
    update referral_links l set uses = l.uses + 1 from invited i
    where l.id = i.link_id and i.limited and i.refusal is null and l.uses < l.max_uses
      and not exists (select from mailbox_owner)
    returning l.id`,

  verdict: sqlPart<'invited' | 'use_taken' | 'mailbox_owner'>`
    select i.link_id, i.referrer_id, i.referrer_email,
      coalesce(
        i.refusal,
        case when i.limited and not exists (select from use_taken) and not exists (select from mailbox_owner)
          then ${refusal('used_up')} end
      ) as refusal
    from invited i
    union all
    select null, null, null, ${refusal('unknown')}
    where ${code}::text is not null and not exists (select from invited)`,

  credited: sqlPart<'verdict'>`
    select * from verdict where refusal is null`,

  referrerId: sqlPart<'credited'>`select referrer_id from credited`,

  admittedCondition: isRequired
    ? sqlPart<'verdict'>`not exists (select from verdict where refusal is not null)`
    : sqlPart`true`,
});

export type Evidence = {
  emailHmac: Buffer;
  deviceHash: Buffer;
  /** Null if the address does not identify a network, such as loopback. */
  networkHash: Buffer | null;
  /** The signals that need no database. */
  signals: FraudSignal[];
  /** The domain of the email address; null if anyone can get an address there. */
  domain: string | null;
};

const reason = (name: RejectionReason) => sql.lit(name);
const signal = (name: FraudSignal) => sql.lit(name);
// As literals, which the planner knows, rather than as parameters.
const agoInHours = (hours: number) => sql`now() - make_interval(hours => ${sql.lit(hours)})`;

/** A returning person is rejected at verification only: the referrer, who may be guessing addresses, sees the status. */
const rejectionReasonPart = ({ emailHmac, deviceHash }: Evidence) => sqlPart`
      case
        when exists (
          select from previous_emails p where p.user_id = c.referrer_id and p.email_hmac = ${emailHmac}::bytea
        ) then ${reason('own_address')}
        when exists (
          select from user_devices d where d.device_hash = ${deviceHash}::bytea and d.user_id = c.referrer_id
        ) then ${reason('own_device')}
      end`;

const fraudSignalsPart = ({ deviceHash, networkHash, signals, domain }: Evidence) => sqlPart`
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
          then ${signal('same_domain')} end
      ], null)`;

/**
 * Returns the parts of the sign-up statement that assess, store and count the referral of `account`. They come
 * after `referralAdmissionParts`.
 */
export const insertReferralParts = (
  referral: { id: string; utm: UtmParameters | null },
  evidence: Evidence,
) => ({
  judged: sqlPart<'credited'>`
    select c.link_id, c.referrer_id, t.version_id,${rejectionReasonPart(evidence)} as reason,${fraudSignalsPart(evidence)} as signals
    from credited c cross join (
      select v.id as version_id, v.reviews_same_domain
      from referral_campaigns r join referral_campaign_versions v on v.campaign_id = r.id
      where r.started_at is not null and r.ended_at is null
      order by v.version desc limit 1
    ) t`,

  weighed: sqlPart<'judged'>`
    select j.*, (
      select coalesce(sum((${JSON.stringify(FRAUD_SIGNALS)}::jsonb ->> s)::int), 0) from unnest(j.signals) s
    )::int as risk
    from judged j`,

  referral: sqlPart<'weighed' | 'account'>`
    insert into referrals
      (id, referrer_id, referred_user_id, link_id, campaign_version_id, status, reason, risk, signals, utm)
    select ${referral.id}::uuid, w.referrer_id, n.id, w.link_id, w.version_id,
      case when w.reason is not null then 'rejected' when w.risk >= ${REVIEW_RISK}::int then 'review' else 'pending' end,
      w.reason, w.risk, w.signals, ${referral.utm && JSON.stringify(referral.utm)}::jsonb
    from weighed w cross join account n
    returning id, referrer_id, link_id, status`,

  referralCounted: sqlPart<'referral'>`
    insert into referral_deltas (referrer_id, link_id, signups, pending, rejected, review)
    select referrer_id, link_id, 1, (status = 'pending')::int, (status = 'rejected')::int, (status = 'review')::int
    from referral`,

  networkStored: sqlPart<'referral'>`
    insert into referral_networks (referral_id, referrer_id, network_hash)
    select id, referrer_id, ${evidence.networkHash}::bytea from referral
    where ${evidence.networkHash}::bytea is not null`,
});

export type ReferralParts = ReturnType<typeof referralAdmissionParts> &
  ReturnType<typeof insertReferralParts>;

/**
 * Undoes the referral of a user who never verified an address: the row, its counts, the use of its code and its
 * network. A referral that an administrator decided stays. Returns the referrer's ID if there was one.
 */
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
      returning referrer_id, link_id, status, (date_referred at time zone 'utc')::date as day
    ),
    uncounted as (
      insert into referral_deltas (referrer_id, link_id, day, signups, pending, rejected, review)
      select referrer_id, link_id, day,
        -1, -(status = 'pending')::int, -(status = 'rejected')::int, -(status = 'review')::int
      from gone
    ),
    use_returned as (
      update referral_links l set uses = l.uses - 1 from gone g where l.id = g.link_id and l.uses > 0
    )
    select referrer_id as "referrerId" from gone`.execute(trx);
  return rows[0]?.referrerId;
}

export async function deleteOldReferralNetworks(db: Db, days: number): Promise<void> {
  await db
    .deleteFrom('referral_networks')
    .where('created_at', '<', sql<Date>`now() - make_interval(days => ${days})`)
    .execute();
}
