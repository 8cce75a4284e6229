import type { Generated } from 'kysely';
import type { CreatedAt } from './columns.ts';

type WorkspaceRole = 'owner' | 'admin' | 'editor' | 'analyst' | 'viewer';

export type WorkspacesTable = {
  id: string;
  /** The person, if it is personal; the same as `id`. */
  user_id: string | null;
  kind: 'personal' | 'team';
  name: string;
  slug: string;
  created_at: CreatedAt;
  deleted_at: Date | null;
  custom_css_allowed_at: Date | null;
};

export type WorkspaceMembersTable = {
  workspace_id: string;
  user_id: string;
  role: WorkspaceRole;
  joined_at: Generated<Date>;
};

export type WorkspaceInvitationsTable = {
  id: string;
  workspace_id: string;
  email: string;
  email_canonical: string;
  role: WorkspaceRole;
  token_hash: Buffer;
  invited_by: string;
  created_at: CreatedAt;
  expires_at: Date;
};
