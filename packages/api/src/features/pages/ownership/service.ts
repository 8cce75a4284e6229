import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, MemberCtx } from '../../../core/context.ts';
import { copyFiles } from '../../files/uses/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import type { Workspace } from '../../workspaces/schema.ts';
import {
  createPersonalWorkspaceError,
  deleteWorkspaceRows,
  getWorkspace,
  leaveAllWorkspaces,
  lockExpiredWorkspaces,
  lockTrashedWorkspace,
  lockWorkspace,
  markWorkspaceTrashed,
  requireAccess,
  unmarkWorkspaceTrashed,
} from '../../workspaces/service.ts';
import { listBlockContentRows } from '../blocks/queries.ts';
import { dropForeignCodes } from '../blocks/referral-codes/service.ts';
import { replaceBlocks } from '../blocks/replacement/service.ts';
import { publishPageUpdated } from '../events/service.ts';
import * as handles from '../handles/service.ts';
import * as queries from '../queries.ts';
import { listFileIdsOfPage, replaceFileId, updatePageWorkspace } from './queries.ts';
import type { Page } from '../schema.ts';
import { addPage, findPageSlot, getPage, lockPageAndWorkspace } from '../service.ts';
import { requireNotTakenDown } from '../takedowns/service.ts';
import type { duplicatePageInput, transferPageInput } from './schema.ts';

/** A role in the target that may create pages there is enough. Throws `NOT_FOUND`, `ROLE_REQUIRED`, `LIMIT_REACHED`. */
export async function transferPage(ctx: MemberCtx, input: z.infer<typeof transferPageInput>): Promise<Page> {
  const { id, workspaceId } = input;
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const page = await lockPageAndWorkspace(trx, id, [workspaceId]);
    const { workspaceId: from } = page;
    await requireAccess(trx, workspaceId, { action: 'pages:write' });
    if (from === workspaceId) return;
    requireNotTakenDown(page);
    const slot = await findPageSlot(trx, workspaceId);
    await updatePageWorkspace(trx.db, id, { workspaceId, slot });
    await handles.requireHandleRoom(trx, workspaceId);
    await moveFiles(trx, { id, from, to: workspaceId });
    await dropForeignCodes(trx, id);
    await publishPageUpdated(trx, id, ['workspaceId'], from);
    await publishPageUpdated(trx, id, ['workspaceId']);
    await handles.invalidateCachedPages(trx, { pageId: id });
    const details = { pageId: id, from, to: workspaceId };
    await recordSecurityEvent(trx, 'page_moved', { userId, details });
  });
  return getPage({ ...ctx, action: 'pages:read' }, { id });
}

/** Copies of its files go with a page, because other pages may use the originals. Throws `LIMIT_REACHED`. */
async function moveFiles(ctx: AppTrxCtx, { id, from, to }: { id: string; from: string; to: string }) {
  const ids = await listFileIdsOfPage(ctx.db, id);
  const copies = await copyFiles(ctx, { ids, from, to });
  for (const [old, copy] of copies) await replaceFileId(ctx.db, id, { old, copy });
}

/** A draft in the same workspace, with the blocks that are not in the trash. Throws like `addPage`. */
export async function duplicatePage(
  ctx: MemberCtx,
  { id, handle }: z.infer<typeof duplicatePageInput>,
): Promise<Page> {
  const copyId = await withTransaction(ctx, async (trx) => {
    const page = await lockPageAndWorkspace(trx, id);
    requireNotTakenDown(page);
    const { workspaceId, title, bio, avatarUrl, avatarFileId, language, theme, seo, madeWith } = page;
    const content = { title, bio, avatarUrl, avatarFileId, language, theme, seo, madeWith };
    const newId = await addPage(trx, { ...content, handle, workspaceId });
    await replaceBlocks(trx, newId, await listBlockContentRows(trx.db, id));
    return newId;
  });
  return getPage(ctx, { id: copyId });
}

/** Visitors no longer see its pages. Throws like `requireRole`, and `CONFLICT` if it is personal. */
export async function deleteWorkspace(ctx: MemberCtx, { id }: { id: string }): Promise<void> {
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const { kind } = await lockWorkspace(trx, id);
    if (kind === 'personal') throw createPersonalWorkspaceError('deleted');
    await markWorkspaceTrashed(trx.db, id);
    await handles.invalidateCachedPages(trx, { workspaceId: id });
    await recordSecurityEvent(trx, 'workspace_deleted', { userId, details: { workspaceId: id } });
  });
}

/** With its pages, members and invitations as they were. Throws like `requireRole`. */
export async function restoreWorkspace(ctx: MemberCtx, { id }: { id: string }): Promise<Workspace> {
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    await lockTrashedWorkspace(trx, id);
    await unmarkWorkspaceTrashed(trx.db, id);
    await handles.invalidateCachedPages(trx, { workspaceId: id });
    await recordSecurityEvent(trx, 'workspace_restored', { userId, details: { workspaceId: id } });
  });
  return getWorkspace(ctx, { id });
}

const WORKSPACE_BATCH_SIZE = 20;

/** Scheduled job: deletes workspaces that have been in the trash for 30 days, with everything in them. */
export async function deleteTrashedWorkspaces(ctx: AppCtx): Promise<void> {
  while ((await deleteTrashedBatch(ctx)) === WORKSPACE_BATCH_SIZE);
}

const deleteTrashedBatch = (ctx: AppCtx): Promise<number> =>
  withTransaction(ctx, async (trx) => {
    const ids = await lockExpiredWorkspaces(trx.db, WORKSPACE_BATCH_SIZE);
    if (ids.length > 0) {
      await handles.holdHandlesOfDeletedWorkspaces(trx, ids);
      await queries.deletePagesOfWorkspaces(trx.db, ids);
      await deleteWorkspaceRows(trx.db, ids);
    }
    return ids.length;
  });

/**
 * Leaves all workspaces, and deletes those in which the user is alone, with their pages, whose IDs are returned.
 * `emailHmac` is null if the address was never verified. Throws `LAST_OWNER`.
 */
export async function deleteWorkspacesOfUser(
  ctx: AppTrxCtx,
  user: { userId: string; emailCanonical: string; emailHmac: Buffer | null },
): Promise<string[]> {
  const { userId, emailCanonical, emailHmac } = user;
  await handles.invalidateCachedPages(ctx, { ownerId: userId });
  const ids = await leaveAllWorkspaces(ctx, {
    userId,
    emailCanonical: emailHmac === null ? null : emailCanonical,
  });
  if (ids.length === 0) return [];
  await handles.retireHandlesOfUser(ctx, ids, emailHmac);
  const pageIds = await queries.deletePagesOfWorkspaces(ctx.db, ids);
  await deleteWorkspaceRows(ctx.db, ids);
  return pageIds;
}
