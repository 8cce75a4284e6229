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

/** Returns false if the visitor was counted in the last `dedupMinutes`. */
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

export async function markVisitorSeen(db: Db, visitorHash: Buffer): Promise<void> {
  await db
    .insertInto('referral_visitors')
    .values({ visitor_hash: visitorHash })
    .onConflict((conflict) => conflict.column('visitor_hash').doUpdateSet({ seen_at: sql`now()` }))
    .execute();
}

/** Also deletes the salts of past days, which could trace the visitors' hashes. */
export async function deleteOldVisitors(db: Db, dedupMinutes: number): Promise<void> {
  await sql`delete from visitor_salts where day < (now() at time zone 'utc')::date`.execute(db);
  await sql`delete from referral_visitors where seen_at < now() - make_interval(mins => ${dedupMinutes})`.execute(
    db,
  );
}
