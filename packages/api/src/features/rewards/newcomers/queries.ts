import type { Trx } from '@linkgrove/db';
import { type NotNull } from 'kysely';

/** The referred user, with the name of the referrer. Undefined without a verified address or with mail turned off. */
export async function findNewcomer(trx: Trx, referralId: string) {
  return trx
    .selectFrom('referrals as r')
    .innerJoin('users as u', 'u.id', 'r.referred_user_id')
    .innerJoin('users as p', 'p.id', 'r.referrer_id')
    .select(['u.id as userId', 'u.email as to', 'u.username', 'p.display_name as displayName'])
    .select('p.username as referrer')
    .where('r.id', '=', referralId)
    .where('u.referral_mail', '=', true)
    .where('u.email_verified_at', 'is not', null)
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null)
    .$narrowType<{ to: NotNull; username: NotNull }>()
    .executeTakeFirst();
}
