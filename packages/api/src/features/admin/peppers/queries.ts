import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

/** Hashes without the name of their pepper are the last one's, which may be the only one. */
export async function countPasswordHashes(
  db: Db,
  { name, isUnnamedOld }: { name: string; isUnnamedOld: boolean },
): Promise<{ waiting: number; all: number }> {
  const { rows } = await sql<{ waiting: number; all: number }>`
    select count(*) as "all", count(*) filter (where case
      when starts_with(password_hash, '$') then ${isUnnamedOld}::boolean
      else not starts_with(password_hash, ${name}::text) end) as waiting
    from users where password_hash is not null`.execute(db);
  return rows[0] ?? { waiting: 0, all: 0 };
}
