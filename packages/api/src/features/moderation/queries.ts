import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { ModeratedPage } from './schema.ts';

/** Reads a page `p`. */
export const moderatedPagePart = sql<Omit<ModeratedPage, 'url'>>`json_build_object(
  'id', p.id, 'workspaceId', p.workspace_id, 'handle', p.handle, 'title', p.title, 'published', p.published,
  'deleted', p.deleted_at is not null, 'verified', p.verified_at is not null,
  'takenDown', exists (select from page_takedowns t where t.page_id = p.id and t.restored_at is null),
  'openReports', (select count(*) from page_reports o where o.page_id = p.id and o.status = 'open')
)`;

/** Also one in the trash, which could be restored from there. */
export async function lockModeratedPage(trx: Trx, id: string) {
  return trx
    .selectFrom('pages')
    .select(['id', 'handle', 'workspace_id as workspaceId'])
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

export type PageOwner = { id: string; email: string; username: string; isVerified: boolean };

export async function listPageOwners(trx: Trx, workspaceId: string): Promise<PageOwner[]> {
  const { rows } = await sql<PageOwner>`
    select u.id, u.email, u.username, u.email_verified_at is not null as "isVerified"
    from workspace_members m join users u on u.id = m.user_id
    where m.workspace_id = ${workspaceId} and m.role = 'owner' and u.deleted_at is null
    order by u.id`.execute(trx);
  return rows;
}
