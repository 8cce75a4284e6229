import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

/** The first caller's candidate becomes the salt of all. */
export async function findOrCreateVisitorSalt(db: Db, day: string, candidate: Buffer): Promise<Buffer> {
  const row = await db
    .insertInto('visitor_salts')
    .values({ day, salt: candidate })
    .onConflict((conflict) => conflict.column('day').doUpdateSet({ day }))
    .returning('salt')
    .executeTakeFirstOrThrow();
  return row.salt;
}

export async function deleteVisitorSaltsBefore(db: Db, days: number): Promise<void> {
  await sql`delete from visitor_salts where day <= (now() at time zone 'utc')::date - ${days}::int`.execute(
    db,
  );
}
