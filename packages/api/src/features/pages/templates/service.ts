import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { MemberCtx, UserCtx } from '../../../core/context.ts';
import { generateId, isUuid } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import {
  findListedWorkspaces,
  lockWorkspace,
  ownedWorkspacesSubquery,
  requireRole,
  roleSubquery,
} from '../../workspaces/service.ts';
import { requireAllowedHosts } from '../../blocked-hosts/service.ts';
import { createBlockContent } from '../blocks/content.ts';
import { dropForeignCodes } from '../blocks/referral-codes/service.ts';
import { replaceBlocks } from '../blocks/replacement/service.ts';
import type { Page } from '../schema.ts';
import { addPage, getPage, requirePage } from '../service.ts';
import { applySnapshot, copySnapshot, copySnapshotFiles, readSnapshot } from '../snapshots/service.ts';
import { requireNotTakenDown } from '../takedowns/service.ts';
import { BUILT_IN_TEMPLATES, type BuiltInTemplate, MAX_TEMPLATES } from './policy.ts';
import * as queries from './queries.ts';
import type {
  createPageFromTemplateInput,
  createTemplateInput,
  listTemplatesInput,
  PageTemplate,
} from './schema.ts';

const toOutput = ({ createdAt, ...row }: queries.TemplateRow): PageTemplate => ({
  ...row,
  createdAt: createdAt.toISOString(),
});
const toBuiltInOutput = ({ id, name, description, blocks }: BuiltInTemplate): PageTemplate => ({
  id,
  workspaceId: null,
  name,
  description,
  blockCount: blocks.length,
  createdAt: null,
});

const findBuiltIn = (id: string): BuiltInTemplate | undefined =>
  BUILT_IN_TEMPLATES.find((template) => template.id === id);

/** The built-in ones first. */
export async function listTemplates(
  ctx: MemberCtx,
  { workspaceId }: z.infer<typeof listTemplatesInput>,
): Promise<Paginated<PageTemplate>> {
  const rows = await queries.listTemplateRows(ctx.db, await findListedWorkspaces(ctx, workspaceId));
  return { items: [...BUILT_IN_TEMPLATES.map(toBuiltInOutput), ...rows.map(toOutput)], nextCursor: null };
}

/** For the export of the account. */
export async function listOwnedTemplates(ctx: UserCtx): Promise<PageTemplate[]> {
  const rows = await queries.listTemplateRows(ctx.db, ownedWorkspacesSubquery(ctx.principal.userId));
  return rows.map(toOutput);
}

/** Throws like `requireRole`. */
async function requireTemplate(ctx: MemberCtx, id: string) {
  const row = isUuid(id)
    ? await queries.findTemplateRow(ctx.db, id, roleSubquery(ctx.principal, 'page_templates.workspace_id'))
    : undefined;
  requireRole(ctx, row?.role, { createNotFoundError: () => new AppError('NOT_FOUND', 'Template not found') });
  const { role: _, ...template } = row;
  return template;
}

/** Throws like `requireRole`, and `LIMIT_REACHED`. */
export async function createTemplate(
  ctx: MemberCtx,
  { pageId, name, description }: z.infer<typeof createTemplateInput>,
): Promise<PageTemplate> {
  const id = generateId();
  return withTransaction(ctx, async (trx) => {
    const page = await requirePage(trx, pageId);
    requireNotTakenDown(page);
    const { workspaceId } = page;
    await lockWorkspace(trx, workspaceId);
    if ((await queries.countTemplates(trx.db, workspaceId)) >= MAX_TEMPLATES)
      throw new AppError(
        'LIMIT_REACHED',
        `A workspace can have at most ${MAX_TEMPLATES} templates. Delete one to make room.`,
      );
    const content = await readSnapshot(trx.db, pageId);
    await queries.insertTemplate(trx.db, {
      id,
      workspaceId,
      name,
      description: description ?? null,
      content,
    });
    const { content: _, ...row } = await requireTemplate(trx, id);
    return toOutput(row);
  });
}

export async function deleteTemplate(ctx: MemberCtx, { id }: { id: string }): Promise<void> {
  await requireTemplate(ctx, id);
  await queries.deleteTemplateRow(ctx.db, id);
}

/** A draft. Throws `NOT_FOUND`, `HOST_BLOCKED`, and like `addPage`. */
export async function createPageFromTemplate(
  ctx: MemberCtx,
  { id, ...target }: z.infer<typeof createPageFromTemplateInput>,
): Promise<Page> {
  const builtIn = findBuiltIn(id);
  const pageId = await withTransaction(ctx, async (trx) => {
    if (builtIn) {
      const { bio, theme, blocks } = builtIn;
      const newId = await addPage(trx, { ...target, bio, theme });
      const contents = blocks.map(({ type, ...members }) => ({
        ...createBlockContent(type, members),
        group: null,
      }));
      await replaceBlocks(trx, newId, contents);
      return newId;
    }
    const { content, workspaceId: from } = await requireTemplate(trx, id);
    await requireAllowedHosts(trx, content);
    const newId = await addPage(trx, target);
    const { workspaceId: to } = await requirePage(trx, newId);
    const own = await copySnapshotFiles(trx, content, { from, to });
    await applySnapshot(trx, newId, copySnapshot(own));
    await dropForeignCodes(trx, newId);
    return newId;
  });
  return getPage(ctx, { id: pageId });
}
