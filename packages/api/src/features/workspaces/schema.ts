import { z } from 'zod';
import { ROLES } from '../../core/access.ts';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { nameSchema, timestamp } from '../../core/text/validation.ts';

export const workspaceRole = z.enum(ROLES).meta({ id: 'WorkspaceRole' });

const workspaceKind = z.enum(['personal', 'team']).meta({ id: 'WorkspaceKind' });

export const workspaceOutput = z
  .object({
    id: z.uuid(),
    name: z.string(),
    slug: z
      .string()
      .describe('For URLs of a frontend; `personal` for the personal workspace, otherwise unique'),
    kind: workspaceKind,
    role: workspaceRole.describe('Your role'),
    createdAt: timestamp,
    deletedAt: timestamp.nullable(),
  })
  .meta({ id: 'Workspace' });
export type Workspace = z.infer<typeof workspaceOutput>;
export const workspaceListOutput = createListOutputSchema(workspaceOutput);

const name = nameSchema(1, 64);

export const workspaceIdInput = z.strictObject({ id: z.uuid() });
export const listWorkspacesInput = z
  .strictObject({
    ...paginationInput,
    deleted: z.boolean().default(false).describe('List the deleted ones that you can restore instead'),
  })
  .prefault({});
export const createWorkspaceInput = z.strictObject({ name }).meta({ id: 'CreateWorkspaceInput' });
export const updateWorkspaceInput = z
  .strictObject({ id: z.uuid(), name: name.optional() })
  .meta({ id: 'UpdateWorkspaceInput' });

export const membershipOutput = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: workspaceKind,
    role: workspaceRole,
    joinedAt: timestamp,
  })
  .meta({ id: 'Membership' });
export type Membership = z.infer<typeof membershipOutput>;
