import type { Db } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { UtmParameters } from '../visits/schema.ts';
import { REVIEW_RISK, FRAUD_SIGNALS } from './schema.ts';

export type Invitation = {
  /** As given or remembered; null where nobody is credited. */
  code: string | null;
  /** Whether a code that cannot be used keeps the newcomer out, rather than being dropped. */
  isRequired: boolean;
  signedInAs: string | null;
  emailCanonical: string;
};

/**
 * The link behind a code and what speaks against it, one use of it taken where uses are limited. Parts of
 * the statement of a sign-up: `verdict` has a row where there was a code, `credited` one where it holds.
 */
export const referralAdmissionParts = ({
  code,
  signedInAs,
  emailCanonical,
}: Invitation): RawBuilder<unknown> => sql`
  invited as materialized (
    select l.id as link_id, l.user_id as referrer_id, u.email_canonical as referrer_email,
      l.max_uses is not null as limited,
      case
        when not l.enabled or l.deleted_at is not null or u.suspended_at is not null or u.deleted_at is not null
          then 'unknown'
        when l.expires_at <= now() then 'expired'
        when l.user_id = ${signedInAs}::uuid or u.email_canonical = ${emailCanonical}::text then 'self'
        when l.uses >= l.max_uses then 'used_up'
      end as refusal
    from referral_codes c
      join referral_links l on l.id = c.link_id
      join users u on u.id = l.user_id
    where lower(c.code collate "C") = lower(${code}::text collate "C")
  ),
  use_taken as (
    update referral_links l set uses = l.uses + 1 from invited i
    where l.id = i.link_id and i.limited and i.refusal is null and l.uses < l.max_uses
    returning l.id
  ),
  verdict as materialized (
    select i.link_id, i.referrer_id, i.referrer_email,
      coalesce(i.refusal, case when i.limited and not exists (select from use_taken) then 'used_up' end) as refusal
    from invited i
    union all
    select null, null, null, 'unknown' where ${code}::text is not null and not exists (select from invited)
  ),
  credited as materialized (select * from verdict where refusal is null)`;

/** Whether the newcomer is let in, as the condition of the statement's later parts. */
export const admittedCondition = ({ isRequired }: Invitation): RawBuilder<unknown> =>
  isRequired ? sql`not exists (select from verdict where refusal is not null)` : sql`true`;

export type Evidence = {
  referralId: string;
  emailCanonical: string;
  emailHmac: Buffer;
  deviceHash: Buffer | null;
  /** Null where the address belongs to no network that tells people apart, such as loopback. */
  networkHash: Buffer | null;
  /** What is known without the database. */
  signals: string[];
  /** The domain of the newcomer's address; null where everybody may have one there. */
  domain: string | null;
  utm: UtmParameters | null;
};

const evidenceOf = ({ emailCanonical, emailHmac, deviceHash, networkHash, signals, domain }: Evidence) => sql`
  judged as materialized (
    select c.link_id, c.referrer_id, t.version_id,
      case
        when exists (
          select from previous_emails p where p.user_id = c.referrer_id and p.email_hmac = ${emailHmac}::bytea
        ) then 'own_address'
        when exists (
          select from user_devices d where d.device_hash = ${deviceHash}::bytea and d.user_id = c.referrer_id
        ) then 'own_device'
        when exists (select from email_tombstones e where e.email_hmac = ${emailHmac}::bytea)
          or exists (
            select from users x
            where x.email_canonical = ${emailCanonical}::text and x.email_verified_at is not null
          )
          then 'returning_person'
      end as reason,
      array_remove(${signals}::text[] || array[
        case when exists (select from user_devices d where d.device_hash = ${deviceHash}::bytea)
          then 'known_device' end,
        case when ${networkHash}::bytea is not null and (
          exists (
            select from referral_networks n where n.referrer_id = c.referrer_id
              and n.network_hash = ${networkHash}::bytea and n.created_at > now() - interval '1 day'
          ) or exists (
            select from sessions s where s.user_id = c.referrer_id and s.network_hash = ${networkHash}::bytea
              and s.last_used_at > now() - interval '1 day'
          )
        ) then 'same_network' end,
        case when ${networkHash}::bytea is not null and 5 = (
          select count(*) from (
            select from referral_networks n where n.referrer_id = c.referrer_id
              and n.network_hash = ${networkHash}::bytea and n.created_at > now() - interval '1 hour'
            limit 5
          ) recent
        ) then 'busy_network' end,
        case when t.reviews_same_domain and split_part(c.referrer_email, '@', 2) = ${domain}::text
          then 'same_domain' end
      ], null) as signals
    from credited c cross join (
      select v.id as version_id, v.reviews_same_domain
      from referral_campaigns r join referral_campaign_versions v on v.campaign_id = r.id
      where r.started_at is not null and r.ended_at is null
      order by v.version desc limit 1
    ) t
  ),
  weighed as materialized (
    select j.*, (
      select coalesce(sum((${JSON.stringify(FRAUD_SIGNALS)}::jsonb ->> s)::int), 0) from unnest(j.signals) s
    )::int as risk
    from judged j
  )`;

/**
 * The referral of the newcomer who stands in the statement's `account`, judged and counted: further parts
 * of the statement of a sign-up, after `admission`.
 */
export const insertReferralParts = (evidence: Evidence): RawBuilder<unknown> => sql`
  ${evidenceOf(evidence)},
  referral as (
    insert into referrals
      (id, referrer_id, referred_user_id, link_id, campaign_version_id, status, reason, risk, signals, utm)
    select ${evidence.referralId}::uuid, w.referrer_id, n.id, w.link_id, w.version_id,
      case when w.reason is not null then 'rejected' when w.risk >= ${REVIEW_RISK}::int then 'review' else 'pending' end,
      w.reason, w.risk, w.signals, ${evidence.utm === null ? null : JSON.stringify(evidence.utm)}::jsonb
    from weighed w cross join account n
    returning id, referrer_id, link_id, status
  ),
  referral_counted as (
    insert into referral_deltas (referrer_id, link_id, signups, pending, rejected, review)
    select referrer_id, link_id, 1, (status = 'pending')::int, (status = 'rejected')::int, (status = 'review')::int
    from referral
  ),
  network_noted as (
    insert into referral_networks (referral_id, referrer_id, network_hash)
    select id, referrer_id, ${evidence.networkHash}::bytea from referral where ${evidence.networkHash}::bytea is not null
  )`;

/** Forgets the networks of sign-ups that are older than 30 days. */
export async function deleteOldReferralNetworks(db: Db): Promise<void> {
  await db
    .deleteFrom('referral_networks')
    .where('created_at', '<', sql<Date>`now() - interval '30 days'`)
    .execute();
}
