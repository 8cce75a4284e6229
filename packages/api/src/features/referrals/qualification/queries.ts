import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { signalWeightsPart } from '../campaigns/queries.ts';
import type { FraudSignal } from '../sign-up/policy.ts';

const KNOWN_DEVICE = 'known_device' satisfies FraudSignal;

/** An administrator who released the referral from review has seen that. */
const sharesDeviceSubquery = sql<boolean>`(
  exists (
    select from user_devices d join user_devices o using (device_hash)
    where d.user_id = r.referred_user_id and o.user_id = r.referrer_id
  ) and not exists (select from referral_events e where e.referral_id = r.id and e.from_status = 'review')
)`;

export async function lockPendingReferral(trx: Trx, referredUserId: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('referrals')
    .select('id')
    .where('referred_user_id', '=', referredUserId)
    .where('status', '=', 'pending')
    .forUpdate()
    .executeTakeFirst();
  return row?.id;
}

/** Pending or in review. */
export async function lockOpenReferral(trx: Trx, referredUserId: string) {
  return trx
    .selectFrom('referrals')
    .select(['id', 'referrer_id as referrerId'])
    .where('referred_user_id', '=', referredUserId)
    .where('status', 'in', ['pending', 'review'])
    .forUpdate()
    .executeTakeFirst();
}

/** Two statements: one that waited for the lock would return the users as they were before the wait. */
export async function getLockedReferral(trx: Trx, id: string) {
  return trx
    .selectFrom('referrals as r')
    .innerJoin('users as u', 'u.id', 'r.referred_user_id')
    .innerJoin('users as referrer', 'referrer.id', 'r.referrer_id')
    .innerJoin('referral_campaign_versions as v', 'v.id', 'r.campaign_version_id')
    .select([
      'r.id',
      'r.referrer_id as referrerId',
      'r.referred_user_id as referredUserId',
      'u.email_canonical as emailCanonical',
      sql<boolean>`u.email_verified_at is not null and u.suspended_at is null and u.deleted_at is null`.as(
        'isVerified',
      ),
      'referrer.email_canonical as referrerEmailCanonical',
      sharesDeviceSubquery.as('sharesDevice'),
      sql<number>`(${signalWeightsPart('v.signal_weights')} ->> ${KNOWN_DEVICE}::text)::int`.as(
        'knownDeviceWeight',
      ),
      sql<boolean>`referrer.suspended_at is null and referrer.deleted_at is null`.as('isReferrerActive'),
      sql<Date>`r.date_referred + make_interval(secs => v.min_age_seconds)`.as('oldEnoughAt'),
      sql<boolean>`r.date_referred + make_interval(secs => v.min_age_seconds) <= now()`.as('isOldEnough'),
      'v.campaign_id as campaignId',
      'v.requires_page as requiresPage',
      'v.referrer_credits as referrerCredits',
      'v.referred_credits as referredCredits',
      'v.hold_days as holdDays',
      'v.cap',
      'v.cap_period as capPeriod',
      'v.milestones',
      'v.timezone',
      'r.campaign_version_id as campaignVersionId',
      'v.auto_approve_limit as autoApproveLimit',
      sql<boolean>`exists (
        select from referral_events e
        where e.referral_id = r.id and e.from_status = 'review' and e.to_status = 'pending'
      )`.as('isApproved'),
    ])
    .where('r.id', '=', id)
    .executeTakeFirstOrThrow();
}

/** In a deleted account or before a change. `users_verified_mailbox_key` rules out two that have it now. */
export async function isEarlierEmail(trx: Trx, userId: string, emailHmac: Buffer): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select exists (select from email_tombstones where email_hmac = ${emailHmac})
      or exists (
        select from previous_emails where email_hmac = ${emailHmac} and user_id <> ${userId}
      ) as found`.execute(trx);
  return rows[0]?.found === true;
}

export async function addKnownDevice(trx: Trx, id: string, weight: number): Promise<void> {
  await trx
    .updateTable('referrals')
    .set({
      signals: sql`signals || ${[KNOWN_DEVICE]}::text[]`,
      risk: sql`risk + ${weight}::int`,
    })
    .where('id', '=', id)
    .where(sql<boolean>`not ${KNOWN_DEVICE} = any(signals)`)
    .execute();
}

export async function hasPreviousEmail(trx: Trx, userId: string, emailHmac: Buffer): Promise<boolean> {
  const row = await trx
    .selectFrom('previous_emails')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('email_hmac', '=', emailHmac)
    .executeTakeFirst();
  return row !== undefined;
}

/** A null `dueAt` means that only another event can change the referral. */
export async function updateReferralDue(trx: Trx, id: string, dueAt: Date | null): Promise<void> {
  await trx.updateTable('referrals').set({ due_at: dueAt }).where('id', '=', id).execute();
}

export async function listDueReferredUserIds(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('referrals')
    .select('referred_user_id as userId')
    .where('status', '=', 'pending')
    .where('due_at', '<=', sql<Date>`now()`)
    .orderBy('due_at')
    .limit(limit)
    .execute();
  return rows.map(({ userId }) => userId);
}

/** Until the transaction ends. */
export async function lockSuccesses(trx: Trx, referrerId: string, versionId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${referrerId} ${versionId}`}, 1))`.execute(trx);
}

export async function hasSuccesses(
  trx: Trx,
  { referrerId, versionId, limit }: { referrerId: string; versionId: string; limit: number },
): Promise<boolean> {
  const row = await trx
    .selectFrom('referrals')
    .select('id')
    .where('referrer_id', '=', referrerId)
    .where('status', '=', 'successful')
    .where('campaign_version_id', '=', versionId)
    .orderBy('id', 'desc')
    .offset(limit - 1)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
