import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import { DELETION_RETRY_MINUTES, OBJECT_GRACE_MINUTES } from '../policy.ts';

/** The key of the object with this content, which is kept for the time of an upload at least. */
export async function claimObjectKey(
  db: Db,
  object: { key: string; address: string; size: number },
): Promise<string> {
  const { rows } = await sql<{ key: string }>`
    insert into stored_objects (key, address, size) values (${object.key}, ${object.address}, ${object.size})
    on conflict (address) where deleting_at is null do update set touched_at = now()
    returning key`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('An object was neither found nor made');
  return row.key;
}

/** Objects that no file uses, marked as being deleted, and those whose deletion was interrupted. */
export async function markUnusedObjects(db: Db, limit: number): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    update stored_objects o set deleting_at = now()
    where o.key in (
      select key from stored_objects s
      where s.touched_at < now() - make_interval(mins => ${OBJECT_GRACE_MINUTES})
        and (s.deleting_at is null or s.deleting_at < now() - make_interval(mins => ${DELETION_RETRY_MINUTES}))
        and not exists (select from file_variants v where v.object_key = s.key)
      order by s.touched_at limit ${limit} for update skip locked
    ) returning o.key`.execute(db);
  return rows.map(({ key }) => key);
}

export async function deleteObjectRow(db: Db, key: string): Promise<void> {
  await db.deleteFrom('stored_objects').where('key', '=', key).where('deleting_at', 'is not', null).execute();
}
