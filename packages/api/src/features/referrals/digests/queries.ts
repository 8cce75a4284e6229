import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export type DigestRecipient = { userId: string; to: string; username: string };

const selectRecipients = (db: Db) =>
  db
    .selectFrom('users as u')
    .select(['u.id as userId', sql<string>`u.email`.as('to'), sql<string>`u.username`.as('username')])
    .where('u.referral_mail', '=', true)
    .where('u.email_verified_at', 'is not', null)
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null);

export const findDigestRecipient = (db: Db, userId: string): Promise<DigestRecipient | undefined> =>
  selectRecipients(db).where('u.id', '=', userId).executeTakeFirst();

/** A success counts from a minute before, as its transaction may have begun before the last mail. */
const OVERLAP_SECONDS = 60;

export type Digest = DigestRecipient & { count: number; isFirst: boolean };

/** Of those that were not told of, only successes that still stand. */
export async function takeUnsentDigests(
  trx: Trx,
  { limit, intervalMinutes }: { limit: number; intervalMinutes: number },
): Promise<Digest[]> {
  const { rows: due } = await sql<{ userId: string; count: number; isFirst: boolean }>`
    with due as (
      select user_id, unsent, sent_at from referral_notices
      where unsent > 0 and coalesce(sent_at < now() - make_interval(mins => ${intervalMinutes}), true)
      limit ${limit} for update skip locked
    )
    select d.user_id as "userId", d.sent_at is null as "isFirst", (
      select count(*) from (
        select from referrals r
        where r.referrer_id = d.user_id and r.status = 'successful'
          and coalesce(r.qualified_at > d.sent_at - make_interval(secs => ${OVERLAP_SECONDS}), true)
        order by r.id desc limit d.unsent
      ) standing
    ) as count
    from due d`.execute(trx);
  if (due.length === 0) return [];
  const recipients = await selectRecipients(trx)
    .where(
      'u.id',
      'in',
      due.map(({ userId }) => userId),
    )
    .execute();
  const byUser = new Map(recipients.map((recipient) => [recipient.userId, recipient]));
  const digests = due.flatMap(({ userId, count, isFirst }) => {
    const recipient = byUser.get(userId);
    return recipient && count > 0 ? [{ ...recipient, count, isFirst }] : [];
  });
  await trx
    .updateTable('referral_notices')
    .set({ unsent: 0 })
    .where(
      'user_id',
      'in',
      due.map(({ userId }) => userId),
    )
    .execute();
  await markDigestsSent(
    trx,
    digests.map(({ userId }) => userId),
  );
  return digests;
}

async function markDigestsSent(trx: Trx, userIds: string[]): Promise<void> {
  if (userIds.length === 0) return;
  await trx
    .updateTable('referral_notices')
    .set({ sent_at: sql`now()` })
    .where('user_id', 'in', userIds)
    .execute();
}
