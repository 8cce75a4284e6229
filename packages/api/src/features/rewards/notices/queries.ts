import type { Db } from '@linkgrove/db';
import { type NotNull } from 'kysely';

/** Lists users who can get mail: verified, and neither suspended nor deleted. */
export async function listNoticeRecipients(db: Db, userIds: string[]) {
  return db
    .selectFrom('users')
    .select(['id as userId', 'email as to', 'username'])
    .where('id', 'in', userIds)
    .where('email_verified_at', 'is not', null)
    .where('suspended_at', 'is', null)
    .where('deleted_at', 'is', null)
    .$narrowType<{ to: NotNull; username: NotNull }>()
    .execute();
}
