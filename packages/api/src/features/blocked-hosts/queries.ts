import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { HostLevel } from './policy.ts';

const COLUMNS = ['id', 'host', 'level', 'reason', 'created_at as createdAt'] as const;

export type BlockedHostRow = Awaited<ReturnType<typeof listBlockedHostRows>>[number];

/** The newest first. */
export async function listBlockedHostRows(
  db: Db,
  { level, before, limit }: { level?: HostLevel | undefined; before: string | null; limit: number },
) {
  return db
    .selectFrom('blocked_hosts')
    .select(COLUMNS)
    .$call((query) => (level === undefined ? query : query.where('level', '=', level)))
    .$call((query) => (before === null ? query : query.where('id', '<', before)))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

export async function findHostLevels(db: Db, hosts: string[]): Promise<{ host: string; level: HostLevel }[]> {
  return db
    .selectFrom('blocked_hosts')
    .select(['host', 'level'])
    .where(sql<boolean>`host = any(${hosts}::text[])`)
    .execute();
}

/** An entry that exists gets the new level and reason. */
export async function storeBlockedHost(
  trx: Trx,
  row: { id: string; host: string; level: HostLevel; reason: string | null },
): Promise<BlockedHostRow> {
  const { level, reason } = row;
  return trx
    .insertInto('blocked_hosts')
    .values(row)
    .onConflict((conflict) => conflict.column('host').doUpdateSet({ level, reason }))
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}

export async function deleteBlockedHostRow(trx: Trx, host: string): Promise<boolean> {
  const result = await trx.deleteFrom('blocked_hosts').where('host', '=', host).executeTakeFirst();
  return result.numDeletedRows > 0n;
}
