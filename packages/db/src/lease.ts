import { sql } from 'kysely';
import type { Db } from './client.ts';

export type Lease = { name: string; holder: string; seconds: number };

/** Works through a pooler, where a session lock would stay with the pooled connection. */
export async function takeLease(db: Db, { name, holder, seconds }: Lease): Promise<boolean> {
  const { rows } = await sql`
    insert into leases (name, holder, expires_at)
      values (${name}, ${holder}, now() + make_interval(secs => ${seconds}))
    on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
      where leases.holder = excluded.holder or leases.expires_at < now()
    returning name`.execute(db);
  return rows.length > 0;
}

export async function releaseLease(db: Db, { name, holder }: Omit<Lease, 'seconds'>): Promise<void> {
  await db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute();
}
