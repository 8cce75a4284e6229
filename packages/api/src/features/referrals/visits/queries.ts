import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

/** The salt of a day (UTC), made by whoever asks first and shared by all. */
export async function findOrCreateVisitorSalt(db: Db, day: string, candidate: Buffer): Promise<Buffer> {
  const row = await db
    .insertInto('visitor_salts')
    .values({ day, salt: candidate })
    .onConflict((conflict) => conflict.column('day').doUpdateSet({ day }))
    .returning('salt')
    .executeTakeFirstOrThrow();
  return row.salt;
}

/** Counts a visit unless the visitor was counted within the hour; whether it did. */
export async function insertCountedVisit(
  db: Db,
  visit: { linkId: string; referrerId: string; visitorHash: Buffer },
): Promise<boolean> {
  const { rows } = await sql`
    with seen as (
      insert into referral_visitors as v (visitor_hash) values (${visit.visitorHash})
      on conflict (visitor_hash) do update set seen_at = now() where v.seen_at < now() - interval '1 hour'
      returning visitor_hash
    )
    insert into referral_deltas (referrer_id, link_id, visits)
    select ${visit.referrerId}::uuid, ${visit.linkId}::uuid, 1 from seen
    returning id`.execute(db);
  return rows.length > 0;
}

/** Destroys the salts of past days, and with them what the hashes could be retraced by; forgets who was seen. */
export async function deleteOldVisitors(db: Db): Promise<void> {
  await sql`delete from visitor_salts where day < (now() at time zone 'utc')::date`.execute(db);
  await sql`delete from referral_visitors where seen_at < now() - interval '1 hour'`.execute(db);
}
