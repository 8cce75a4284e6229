import type { Db, ReferralStatus, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { newId } from '../../core/ids.ts';

/** A change of counts, all of one moment; see `rollUp`. */
type Delta = { referrerId: string; linkId: string } & Partial<
  Record<'visits' | 'signups' | ReferralStatus, number>
>;

/** Counts something; whatever is appended here is rolled up later. */
export async function appendDelta(db: Db, { referrerId, linkId, ...counts }: Delta): Promise<void> {
  await db
    .insertInto('referral_deltas')
    .values({ referrer_id: referrerId, link_id: linkId, ...counts })
    .execute();
}

/** Stores a new referral and counts the sign-up. */
export async function insertReferral(
  trx: Trx,
  referral: { referrerId: string; referredUserId: string; linkId: string; status: 'pending' | 'rejected' },
): Promise<void> {
  const { referrerId, linkId, status } = referral;
  await trx
    .insertInto('referrals')
    .values({
      id: newId(),
      referrer_id: referrerId,
      referred_user_id: referral.referredUserId,
      link_id: linkId,
      status,
    })
    .execute();
  await appendDelta(trx, { referrerId, linkId, signups: 1, [status]: 1 });
}

/** Moves the user's referral from pending to successful; undefined if there is none to move. */
export async function qualifyReferral(trx: Trx, referredUserId: string) {
  const moved = await trx
    .updateTable('referrals')
    .set({ status: 'successful', qualified_at: sql`now()` })
    .where('referred_user_id', '=', referredUserId)
    .where('status', '=', 'pending')
    .returning(['id', 'referrer_id as referrerId', 'link_id as linkId'])
    .executeTakeFirst();
  if (moved)
    await appendDelta(trx, {
      referrerId: moved.referrerId,
      linkId: moved.linkId,
      pending: -1,
      successful: 1,
    });
  return moved;
}

/** A page of the referrer's referrals, newest first; fetches one row more than the page holds. */
export async function listReferrals(
  db: Db,
  page: { referrerId: string; status: ReferralStatus | undefined; before: string | null; limit: number },
) {
  return db
    .selectFrom('referrals as r')
    .innerJoin('users as u', 'u.id', 'r.referred_user_id')
    .innerJoin('referral_links as l', 'l.id', 'r.link_id')
    .select([
      'r.id',
      'u.username',
      'r.status',
      'r.date_referred as dateReferred',
      'r.qualified_at as qualifiedAt',
      'l.code',
      'l.label',
    ])
    .where('r.referrer_id', '=', page.referrerId)
    .$if(page.status !== undefined, (query) => query.where('r.status', '=', page.status as ReferralStatus))
    .$if(page.before !== null, (query) => query.where('r.id', '<', page.before as string))
    .orderBy('r.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}
