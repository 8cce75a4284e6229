import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

/** Returns the salt of a UTC day; the first caller's candidate becomes the salt of all. */
export async function findOrCreateVisitorSalt(db: Db, day: string, candidate: Buffer): Promise<Buffer> {
  const row = await db
    .insertInto('visitor_salts')
    .values({ day, salt: candidate })
    .onConflict((conflict) => conflict.column('day').doUpdateSet({ day }))
    .returning('salt')
    .executeTakeFirstOrThrow();
  return row.salt;
}

/** Counts a visit unless the visitor was counted in the last `dedupMinutes`; returns whether it did. */
export async function insertCountedVisit(
  db: Db,
  visit: { linkId: string; referrerId: string; visitorHash: Buffer; dedupMinutes: number },
): Promise<boolean> {
  const { rows } = await sql`
    with seen as (
      insert into referral_visitors as v (visitor_hash) values (${visit.visitorHash})
      on conflict (visitor_hash) do update set seen_at = now()
        where v.seen_at < now() - make_interval(mins => ${visit.dedupMinutes})
      returning visitor_hash
    )
    insert into referral_deltas (referrer_id, link_id, visits)
    select ${visit.referrerId}::uuid, ${visit.linkId}::uuid, 1 from seen
    returning id`.execute(db);
  return rows.length > 0;
}

/** Marks a visitor of a link as seen without counting a visit. */
export async function markVisitorSeen(db: Db, visitorHash: Buffer): Promise<void> {
  await db
    .insertInto('referral_visitors')
    .values({ visitor_hash: visitorHash })
    .onConflict((conflict) => conflict.column('visitor_hash').doUpdateSet({ seen_at: sql`now()` }))
    .execute();
}

/** Deletes visitors older than the dedup window, and the salts of past days that could trace their hashes. */
export async function deleteOldVisitors(db: Db, dedupMinutes: number): Promise<void> {
  await sql`delete from visitor_salts where day < (now() at time zone 'utc')::date`.execute(db);
  await sql`delete from referral_visitors where seen_at < now() - make_interval(mins => ${dedupMinutes})`.execute(
    db,
  );
}
