import { type Db, deleteExpiredRows, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Role } from '../../../core/access.ts';
import { INVITATION_DAYS } from '../policy.ts';

const now = sql<Date>`now()`;

export type NewInvitation = {
  id: string;
  workspaceId: string;
  email: string;
  emailCanonical: string;
  role: Role;
  tokenHash: Buffer;
  invitedBy: string;
};

/** Throws the unique violation `workspace_invitations_one_open_key`. */
export async function insertInvitation(trx: Trx, invitation: NewInvitation): Promise<void> {
  await trx
    .insertInto('workspace_invitations')
    .values({
      id: invitation.id,
      workspace_id: invitation.workspaceId,
      email: invitation.email,
      email_canonical: invitation.emailCanonical,
      role: invitation.role,
      token_hash: invitation.tokenHash,
      invited_by: invitation.invitedBy,
      expires_at: sql<Date>`now() + make_interval(days => ${INVITATION_DAYS})`,
    })
    .execute();
}

const selectOpenInvitations = (db: Db, workspaceId: string) =>
  db
    .selectFrom('workspace_invitations as i')
    .innerJoin('users as u', 'u.id', 'i.invited_by')
    .select(['i.id', 'i.email', 'i.role', 'u.username as invitedBy'])
    .select(['i.created_at as createdAt', 'i.expires_at as expiresAt'])
    .where('i.workspace_id', '=', workspaceId)
    .where('i.expires_at', '>', now);

export type InvitationRow = Awaited<ReturnType<typeof listInvitationRows>>[number];

export async function listInvitationRows(
  db: Db,
  filter: { workspaceId: string; after: string | null; limit: number },
) {
  return selectOpenInvitations(db, filter.workspaceId)
    .$call((query) => (filter.after === null ? query : query.where('i.id', '>', filter.after)))
    .orderBy('i.id')
    .limit(filter.limit)
    .execute();
}

export const getInvitationRow = (db: Db, workspaceId: string, id: string): Promise<InvitationRow> =>
  selectOpenInvitations(db, workspaceId).where('i.id', '=', id).executeTakeFirstOrThrow();

export async function countOpenInvitations(trx: Trx, workspaceId: string): Promise<number> {
  const row = await trx
    .selectFrom('workspace_invitations')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Open, to a workspace in use, and from someone who is not suspended. */
export async function findInvitationByToken(db: Db, tokenHash: Buffer) {
  return db
    .selectFrom('workspace_invitations as i')
    .innerJoin('workspaces as w', 'w.id', 'i.workspace_id')
    .innerJoin('users as u', 'u.id', 'i.invited_by')
    .select(['i.id', 'i.role', 'i.email_canonical as emailCanonical', 'w.id as workspaceId', 'w.name'])
    .where('i.token_hash', '=', tokenHash)
    .where('i.expires_at', '>', now)
    .where('w.deleted_at', 'is', null)
    .where('u.suspended_at', 'is', null)
    .executeTakeFirst();
}

/** Of parallel calls one returns true. */
export async function deleteInvitationRow(trx: Trx, workspaceId: string, id: string): Promise<boolean> {
  const result = await trx
    .deleteFrom('workspace_invitations')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function deleteInvitationsBy(
  trx: Trx,
  { userId, workspaceId }: { userId: string; workspaceId?: string },
): Promise<void> {
  await trx
    .deleteFrom('workspace_invitations')
    .where('invited_by', '=', userId)
    .$call((query) => (workspaceId === undefined ? query : query.where('workspace_id', '=', workspaceId)))
    .execute();
}

export async function deleteInvitationsTo(trx: Trx, emailCanonical: string): Promise<void> {
  await trx.deleteFrom('workspace_invitations').where('email_canonical', '=', emailCanonical).execute();
}

export async function deleteExpiredInvitationsTo(trx: Trx, workspaceId: string): Promise<void> {
  await trx
    .deleteFrom('workspace_invitations')
    .where('workspace_id', '=', workspaceId)
    .where('expires_at', '<=', now)
    .execute();
}

export const deleteExpiredInvitations = (db: Db): Promise<void> =>
  deleteExpiredRows(db, { table: 'workspace_invitations', by: sql`expires_at`, before: now });
