import type { Db, Trx } from '@linkgrove/db';
import { type NotNull, sql } from 'kysely';
import type { Role } from '../../../core/access.ts';

const selectMembers = (db: Db, workspaceId: string) =>
  db
    .selectFrom('workspace_members as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select(['u.id', 'u.username', 'u.display_name as displayName', 'u.avatar_url as avatarUrl'])
    .select(['m.role', 'm.joined_at as joinedAt'])
    .where('m.workspace_id', '=', workspaceId)
    .$narrowType<{ username: NotNull }>();

export type MemberRow = NonNullable<Awaited<ReturnType<typeof findMemberRow>>>;

export async function findMemberRow(db: Db, workspaceId: string, userId: string) {
  return selectMembers(db, workspaceId).where('m.user_id', '=', userId).executeTakeFirst();
}

export async function listMemberRows(
  db: Db,
  filter: { workspaceId: string; after: string | null; limit: number },
) {
  return selectMembers(db, filter.workspaceId)
    .$call((query) => (filter.after === null ? query : query.where('m.user_id', '>', filter.after)))
    .orderBy('m.user_id')
    .limit(filter.limit)
    .execute();
}

export async function countMembers(trx: Trx, workspaceId: string): Promise<number> {
  const row = await trx
    .selectFrom('workspace_members')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** For `publishEventsFrom`. Without a workspace, one event for each shared one that the user is in. */
export const memberEventQuery = (userId: string, workspaceId?: string) => sql`
  select m.workspace_id, m.user_id as object_id, json_build_object(
    'workspaceId', m.workspace_id, 'userId', m.user_id, 'username', u.username, 'role', m.role
  ) as data
  from workspace_members m join users u on u.id = m.user_id
  where m.user_id = ${userId}::uuid and ${
    workspaceId === undefined
      ? sql`exists (
          select from workspace_members o where o.workspace_id = m.workspace_id and o.user_id <> m.user_id
        )`
      : sql`m.workspace_id = ${workspaceId}::uuid`
  }`;

/** Throws the check violation `workspace_keeps_an_owner`. */
export async function updateMemberRole(
  trx: Trx,
  workspaceId: string,
  userId: string,
  role: Role,
): Promise<void> {
  await trx
    .updateTable('workspace_members')
    .set({ role })
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .execute();
}

/** Throws the check violation `workspace_keeps_an_owner`. */
export async function deleteMemberRow(trx: Trx, workspaceId: string, userId: string): Promise<void> {
  await trx
    .deleteFrom('workspace_members')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .execute();
}
