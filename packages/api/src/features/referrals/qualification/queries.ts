import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

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
      sql<boolean>`referrer.suspended_at is null and referrer.deleted_at is null`.as('isReferrerActive'),
      sql<Date>`r.date_referred + make_interval(secs => v.min_age_seconds)`.as('oldEnoughAt'),
      sql<boolean>`r.date_referred + make_interval(secs => v.min_age_seconds) <= now()`.as('isOldEnough'),
      'v.campaign_id as campaignId',
      'v.requires_page as requiresPage',
      'v.referrer_credits as referrerCredits',
      'v.referred_credits as referredCredits',
      'v.cap',
      'v.cap_period as capPeriod',
      'v.milestones',
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

/** Of several accounts that verify a mailbox at once, one must be first. */
export async function lockMailbox(trx: Trx, emailCanonical: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${emailCanonical}, 0))`.execute(trx);
}

export async function isVerifiedByAnotherUser(
  db: Db,
  userId: string,
  emailCanonical: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('email_canonical', '=', emailCanonical)
    .where('email_verified_at', 'is not', null)
    .where('id', '!=', userId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
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

/** Locks a referrer's successes under a campaign version until the transaction ends. */
export async function lockSuccesses(trx: Trx, referrerId: string, versionId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${referrerId} ${versionId}`}, 1))`.execute(trx);
}

/** Whether a referrer has at least `limit` successful referrals under a campaign version. */
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

/** Counts a referrer's successful referrals, rolled up or not. */
export async function countSuccessfulReferrals(db: Db, referrerId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (
      coalesce((select sum(successful) from referral_totals where referrer_id = ${referrerId}), 0)
      + coalesce((select sum(successful) from referral_deltas where referrer_id = ${referrerId}), 0)
    )::bigint as count`.execute(db);
  return rows[0]?.count ?? 0;
}
