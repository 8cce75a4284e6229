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
  for (const role of ['owner', 'admin', 'editor', 'analyst', 'viewer'] as const)
    for (const who of [members[role] ?? []].flat()) await addMember(server, id, who, role);
  return id;
}
