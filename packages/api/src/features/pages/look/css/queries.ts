import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export async function isCustomCssAllowed(db: Db, workspaceId: string): Promise<boolean> {
  const row = await db
    .selectFrom('workspaces')
    .select('custom_css_allowed_at as allowedAt')
    .where('id', '=', workspaceId)
    .executeTakeFirst();
  return row !== undefined && row.allowedAt !== null;
}

/** Undefined if there is no such workspace. An allowance keeps its first time. */
export async function updateCustomCssAllowance(
  trx: Trx,
  id: string,
  allowed: boolean,
): Promise<{ id: string; name: string; allowedAt: Date | null } | undefined> {
  return trx
    .updateTable('workspaces')
    .set({ custom_css_allowed_at: allowed ? sql<Date>`coalesce(custom_css_allowed_at, now())` : null })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returning(['id', 'name', 'custom_css_allowed_at as allowedAt'])
    .executeTakeFirst();
}

export async function listOwnerIds(db: Db, workspaceId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('workspace_members')
    .select('user_id as id')
    .where('workspace_id', '=', workspaceId)
    .where('role', '=', 'owner')
    .orderBy('user_id')
    .execute();
  return rows.map(({ id }) => id);
}
