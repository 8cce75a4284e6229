import type { Db, ReferralStatus, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { newId } from '../../core/ids.ts';

export type LinkRow = {
  id: string;
  ownerId: string;
  ownerEmailCanonical: string | null;
  enabled: boolean;
  expired: boolean;
  limited: boolean;
  usedUp: boolean;
};

/** The link that a code names, without regard to case. */
export async function findLinkByCode(db: Db, code: string): Promise<LinkRow | undefined> {
  return db
    .selectFrom('referral_links as l')
    .innerJoin('users as u', 'u.id', 'l.user_id')
    .select(({ eb }) => [
      'l.id',
      'l.user_id as ownerId',
      'u.email_canonical as ownerEmailCanonical',
      'l.enabled',
      eb.fn.coalesce(sql<boolean>`l.expires_at <= now()`, sql<boolean>`false`).as('expired'),
      sql<boolean>`l.max_uses is not null`.as('limited'),
      eb.fn.coalesce(sql<boolean>`l.uses >= l.max_uses`, sql<boolean>`false`).as('usedUp'),
    ])
    .where(sql`lower(l.code collate "C")`, '=', code.toLowerCase())
    .executeTakeFirst();
}

/** Takes one of a limited link's uses; false if none is left. */
export async function takeUse(trx: Trx, linkId: string): Promise<boolean> {
  const result = await trx
    .updateTable('referral_links')
    .set({ uses: sql`uses + 1` })
    .where('id', '=', linkId)
    .whereRef('uses', '<', 'max_uses')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function insertLink(trx: Trx, link: { userId: string; code: string }): Promise<void> {
  await trx
    .insertInto('referral_links')
    .values({ id: newId(), user_id: link.userId, code: link.code })
    .execute();
}

/** A change of counts, all of one moment; see `rollUp`. */
type Delta = { referrerId: string; linkId: string } & Partial<
  Record<'visits' | 'signups' | ReferralStatus, number>
>;

async function appendDelta(trx: Trx, { referrerId, linkId, ...counts }: Delta): Promise<void> {
  await trx
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

/** Switches off every link of a user; the codes stay theirs. */
export async function disableLinks(trx: Trx, userId: string): Promise<void> {
  await trx.updateTable('referral_links').set({ enabled: false }).where('user_id', '=', userId).execute();
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
