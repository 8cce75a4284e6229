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

export async function takeUnsentDigests(
  trx: Trx,
  { limit, intervalMinutes }: { limit: number; intervalMinutes: number },
): Promise<(DigestRecipient & { count: number })[]> {
  const due = await trx
    .selectFrom('referral_notices')
    .select(['user_id', 'unsent'])
    .where('unsent', '>', 0)
    .where(sql<boolean>`coalesce(sent_at < now() - make_interval(mins => ${intervalMinutes}), true)`)
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  if (due.length === 0) return [];
  const ids = due.map((row) => row.user_id);
  await trx
    .updateTable('referral_notices')
    .set({ unsent: 0, sent_at: sql`now()` })
    .where('user_id', 'in', ids)
    .execute();
  const counts = new Map(due.map((row) => [row.user_id, row.unsent]));
  const found = await selectRecipients(trx).where('u.id', 'in', ids).execute();
  return found.map((recipient) => ({ ...recipient, count: counts.get(recipient.userId) ?? 0 }));
}
