import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

/** Returns whether a token exists and has not expired. */
export async function isEmailTokenFresh(db: Db, id: string): Promise<boolean> {
  const token = await db
    .selectFrom('email_tokens')
    .select('id')
    .where('id', '=', id)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return token !== undefined;
}
