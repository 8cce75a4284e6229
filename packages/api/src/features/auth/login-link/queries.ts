import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

/** The user's token for a sign-in by mail that has not been used. Does the same work without an account. */
export async function findLoginToken(db: Db, userId: string | null): Promise<string | undefined> {
  const token = await db
    .selectFrom('email_tokens')
    .select('id')
    .where(sql<boolean>`user_id = ${userId}::uuid`)
    .where('purpose', '=', 'sign_in')
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return token?.id;
}
