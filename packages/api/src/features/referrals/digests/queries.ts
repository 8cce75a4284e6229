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

type News = {
  count: number;
  isFirst: boolean;
  credits: number;
  /** Credits that are held. */
  pending: number;
};
export type Digest = DigestRecipient & News;

/** Counts only successes that were not mailed yet and are not reversed. */
export async function takeUnsentDigests(
  trx: Trx,
  { limit, intervalMinutes }: { limit: number; intervalMinutes: number },
): Promise<Digest[]> {
  const { rows: due } = await sql<News & { userId: string }>`
    with due as (
      select user_id, unsent, sent_at from referral_notices
      where unsent > 0 and coalesce(sent_at < now() - make_interval(mins => ${intervalMinutes}), true)
      limit ${limit} for update skip locked
    )
    select d.user_id as "userId", d.sent_at is null as "isFirst", n.*
    from due d cross join lateral (
      select count(*) as count,
        coalesce(sum(w.credits) filter (where w.state in ('granted', 'review', 'waived')), 0) as credits,
        coalesce(sum(w.credits) filter (where w.state = 'pending'), 0) as pending
      from (
        select r.id from referrals r
        where r.referrer_id = d.user_id and r.status = 'successful'
          and coalesce(r.qualified_at > d.sent_at - make_interval(secs => ${OVERLAP_SECONDS}), true)
        order by r.id desc limit d.unsent
      ) standing left join rewards w on w.referral_id = standing.id and w.role = 'referrer'
    ) n`.execute(trx);
  if (due.length === 0) return [];
  const recipients = await selectRecipients(trx)
    .where(
      'u.id',
      'in',
      due.map(({ userId }) => userId),
    )
    .execute();
  const byUser = new Map(recipients.map((recipient) => [recipient.userId, recipient]));
  const digests = due.flatMap((news) => {
    const recipient = byUser.get(news.userId);
    return recipient && news.count > 0 ? [{ ...recipient, ...news }] : [];
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
