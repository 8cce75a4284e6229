import { sql } from 'kysely';
import type { Db } from './client.ts';

/** The right to do something alone, held by one process at a time and for so many seconds. */
export type Lease = { name: string; holder: string; seconds: number };

/**
 * Takes a lease, or keeps it for another while; false as long as someone else's has not run out. One statement on
 * one row, so that it works through a pooler, where a lock of the session would stay behind.
 */
export async function takeLease(db: Db, { name, holder, seconds }: Lease): Promise<boolean> {
  const { rows } = await sql`
    insert into leases (name, holder, expires_at)
      values (${name}, ${holder}, now() + make_interval(secs => ${seconds}))
    on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
      where leases.holder = excluded.holder or leases.expires_at < now()
    returning name`.execute(db);
  return rows.length > 0;
}

/** Gives a lease back, so that nobody has to wait for its end; does nothing where another holds it. */
export async function releaseLease(db: Db, { name, holder }: Omit<Lease, 'seconds'>): Promise<void> {
  await db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute();
}
