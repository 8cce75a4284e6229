import { type App, generateId } from '@linkgrove/api';
import type { Role } from '@linkgrove/api/access';
import type { SignedUp } from './people.ts';

type WithApp = { app: Pick<App, 'db'> };

/** Makes somebody a member in the database only, without an invitation. */
export async function addMember({ app }: WithApp, workspaceId: string, { user }: SignedUp, role: Role) {
  const member = { workspace_id: workspaceId, user_id: user.id, role };
  await app.db.insertInto('workspace_members').values(member).execute();
}

/** Stores a team with these members, an owner among them. Returns its ID. */
export async function createTeam(
  server: WithApp,
  members: Partial<Record<Role, SignedUp | SignedUp[]>>,
): Promise<string> {
  const id = generateId();
  const team = { id, kind: 'team' as const, name: 'Team', slug: `team-${id}` };
  await server.app.db.insertInto('workspaces').values(team).execute();
  const rows = (['owner', 'admin', 'editor', 'analyst', 'viewer'] as const).flatMap((role) =>
    [members[role] ?? []].flat().map(({ user }) => ({ workspace_id: id, user_id: String(user.id), role })),
  );
  if (rows.length > 0) await server.app.db.insertInto('workspace_members').values(rows).execute();
  return id;
}
