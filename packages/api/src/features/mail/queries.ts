import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

/** Whether a mailed token would still be taken: neither used, nor replaced, nor too old. */
export async function isTokenGood(db: Db, id: string): Promise<boolean> {
  const token = await db
    .selectFrom('email_tokens')
    .select('id')
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return token !== undefined;
}
