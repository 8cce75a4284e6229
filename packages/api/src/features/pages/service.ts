import { isCheckViolation, type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import { listRolesAllowed } from '../../core/access.ts';
import type { AppCtx, AppTrxCtx, DbCtx, MemberCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { createImpersonationRefusedError } from '../../core/impersonation.ts';
import { readExpiringToken, signExpiringToken } from '../../core/crypto/expiring-token.ts';
import { pickDefined } from '../../core/objects.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { paginate } from '../../core/http/pagination.ts';
import { requireVersion, setVersionEtag } from '../../core/http/etags.ts';
import { findKeyWorkspaceId } from '../../core/principal.ts';
import { requireAllowedHosts } from '../blocked-hosts/service.ts';
import { recordPageChange } from './events/service.ts';
import * as handles from './handles/service.ts';
import {
  findListedWorkspaces,
  allowedWorkspacesSubquery,
  findDefaultWorkspaceId,
  lockWorkspace,
  lockWorkspaces,
  requireRole,
  roleSubquery,
  workspacesByRoleSubquery,
} from '../workspaces/service.ts';
import { requireVerifiedUser } from '../users/service.ts';
import { MAX_BLOCKS, MAX_PAGES, PREVIEW_LINK_HOURS } from './policy.ts';
import {
  publishDraft,
  showPage,
  startManualPublishing,
  stopManualPublishing,
  unpublishPage,
} from './publishing/service.ts';
import { type PartialContent, withDefaults } from './first-page/service.ts';
import { requireCssAllowance, requireValidCss } from './look/css/service.ts';
import { requirePictureFiles } from './look/service.ts';
import { pickAvatar } from './pictures/policy.ts';
import * as queries from './queries.ts';
import { requireNotTakenDown } from './takedowns/service.ts';
import {
  type createPageInput,
  DEFAULT_SEO,
  DEFAULT_THEME,
  type listPagesInput,
  type Page,
  type PreviewLink,
  type updatePageInput,
} from './schema.ts';

/** Of pages in use and of those in the trash each. */
const MAX_EXPORTED_PAGES = 1_000;

export { isHandleTakenError, prepareFirstPage } from './first-page/service.ts';

export const createPageNotFoundError = () => new AppError('NOT_FOUND', 'Page not found');

export const buildPageUrl = (ctx: AppCtx, handle: string): string => `${ctx.config.publicUrl}/@${handle}`;

const roleOfPage = ({ principal }: UserCtx): queries.RoleOfPage =>
  roleSubquery(principal, 'pages.workspace_id');

/** Throws like `requireRole`. */
function requirePageRow(ctx: MemberCtx, row: queries.RoledPageRow | undefined): queries.PageRow {
  requireRole(ctx, row?.role, { createNotFoundError: createPageNotFoundError });
  const { role: _, ...page } = row;
  return page;
}

const toOutput = (ctx: AppCtx, { manualPublishing, draftChanged, ...row }: queries.PageRow): Page => ({
  ...row,
  publishing: manualPublishing ? 'manual' : 'immediate',
  hasUnpublishedChanges: draftChanged,
  url: buildPageUrl(ctx, row.handle),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
  deletedAt: row.deletedAt?.toISOString() ?? null,
});

const listFirstPageRows = queries.prepareFirstPages(workspacesByRoleSubquery);

export async function listPages(
  ctx: MemberCtx,
  input: z.infer<typeof listPagesInput>,
): Promise<Paginated<Page>> {
  const { deleted, workspaceId } = input;
  const readPage = async (after: string | null, limit: number) => {
    if (workspaceId === undefined && !deleted && after === null)
      return listFirstPageRows(ctx.db, {
        userId: ctx.principal.userId,
        workspaceId: findKeyWorkspaceId(ctx.principal) ?? null,
        roles: listRolesAllowed(ctx.action),
        limit,
      });
    const workspaces = await findListedWorkspaces(ctx, workspaceId);
    return queries.listPageRows(ctx.db, { workspaces, deleted, after, limit });
  };
  return paginate(input, readPage, (row) => toOutput(ctx, row));
}

/** All of them, except those in the trash. Throws like `requireRole`. */
export async function listWorkspacePages(ctx: MemberCtx, workspaceId: string): Promise<Page[]> {
  const { items } = await listPages(ctx, { workspaceId, deleted: false, limit: MAX_PAGES });
  return items;
}

/** Of every workspace that the user owns. */
export async function listAllPages(ctx: AppCtx, userId: string): Promise<Page[]> {
  const workspaces = allowedWorkspacesSubquery({ userId }, 'workspace:delete');
  const of = { workspaces, after: null, limit: MAX_EXPORTED_PAGES };
  const rows = [
    ...(await queries.listPageRows(ctx.db, { ...of, deleted: false })),
    ...(await queries.listPageRows(ctx.db, { ...of, deleted: true })),
  ];
  return rows.map((row) => toOutput(ctx, row));
}

export const requirePage = async (ctx: MemberCtx, id: string): Promise<Page> =>
  toOutput(ctx, requirePageRow(ctx, await queries.findPageRow(ctx.db, id, roleOfPage(ctx))));

export const getPage = async (ctx: MemberCtx, { id }: { id: string }): Promise<Page> =>
  setVersionEtag(ctx, await requirePage(ctx, id));

/** The caller holds the workspace's lock, which keeps the slot free. Throws `LIMIT_REACHED`. */
export async function findPageSlot(ctx: TrxCtx, workspaceId: string): Promise<number> {
  const slot = await queries.findFreePageSlot(ctx.db, workspaceId);
  if (slot === null) {
    throw new AppError(
      'LIMIT_REACHED',
      `A workspace can have at most ${MAX_PAGES} pages. Delete one to make room.`,
    );
  }
  return slot;
}

/** Throws the errors of `requireRole` and `requireHandleClaim`, `HOST_BLOCKED` and `LIMIT_REACHED`. */
export async function addPage(
  ctx: AppTrxCtx & MemberCtx,
  content: PartialContent & { handle: string; workspaceId?: string | undefined },
): Promise<string> {
  const id = generateId();
  const { userId } = ctx.principal;
  const { workspaceId = findDefaultWorkspaceId(ctx.principal) } = content;
  await requireAllowedHosts(ctx, content);
  await lockWorkspace(ctx, workspaceId);
  const slot = await findPageSlot(ctx, workspaceId);
  await requirePictureFiles(ctx, workspaceId, content);
  const language = content.language ?? (await queries.findWorkspaceLanguage(ctx.db, workspaceId));
  await queries
    .insertPagePart({ ...withDefaults({ ...content, language }), id, workspaceId, userId, slot })
    .execute(ctx.db);
  await handles.requireHandleClaim(ctx, { handle: content.handle, workspaceId, pageId: id });
  await handles.invalidateCachedPages(ctx, { pageId: id });
  return id;
}

/** Throws `HANDLE_TAKEN`, `VALIDATION_FAILED` (reserved), `LIMIT_REACHED` (pages, handles), `EMAIL_NOT_VERIFIED`. */
export async function createPage(ctx: MemberCtx, input: z.infer<typeof createPageInput>): Promise<Page> {
  const { published = false, publishing, theme, seo, ...members } = input;
  const content = {
    ...pickDefined({ ...members, ...pickAvatar(members) }),
    handle: members.handle,
    theme: { ...DEFAULT_THEME, ...pickDefined(theme ?? {}) },
    seo: { ...DEFAULT_SEO, ...pickDefined(seo ?? {}) },
  };
  requireValidCss(ctx, theme);
  const id = await withTransaction(ctx, async (trx) => {
    await requireCssAllowance(trx, members.workspaceId ?? findDefaultWorkspaceId(ctx.principal), theme);
    const pageId = await addPage(trx, content);
    if (publishing === 'manual') await startManualPublishing(trx, await lockPage(trx, pageId));
    if (published) await publishDraft(trx, await lockPage(trx, pageId));
    return pageId;
  });
  return getPage(ctx, { id });
}

/** Throws like `requireRole`. */
export const lockPage = async (ctx: MemberCtx & TrxCtx, id: string): Promise<queries.PageRow> =>
  requirePageRow(ctx, await queries.lockPageRow(ctx.db, id, roleOfPage(ctx)));

/** For changes of handles and slots. Throws like `requireRole`, and `CONFLICT` if the page just moved elsewhere. */
export async function lockPageAndWorkspace(
  ctx: MemberCtx & TrxCtx,
  id: string,
  otherWorkspaceIds: string[] = [],
): Promise<queries.PageRow> {
  const { workspaceId } = await requirePage(ctx, id);
  await lockWorkspaces(ctx, [workspaceId, ...otherWorkspaceIds]);
  const page = await lockPage(ctx, id);
  if (page.workspaceId !== workspaceId)
    throw new AppError('CONFLICT', 'The page was moved to another workspace. Try again.');
  return page;
}

/** Throws like `requireRole`. */
export const requireTrashedPage = async (ctx: MemberCtx, id: string): Promise<queries.PageRow> =>
  requirePageRow(ctx, await queries.findTrashedPageRow(ctx.db, id, roleOfPage(ctx)));

export const lockTrashedPage = async (ctx: MemberCtx & TrxCtx, id: string): Promise<queries.PageRow> =>
  requirePageRow(ctx, await queries.lockTrashedPageRow(ctx.db, id, roleOfPage(ctx)));

/** A handle that is given up may go to somebody else. */
function requireHandleAllowed({ principal }: UserCtx, { handle }: { handle?: string | undefined }): void {
  if (handle !== undefined && principal.kind === 'impersonation')
    throw createImpersonationRefusedError("Only the user can change a page's handle. Leave out `handle`.");
}

/** Throws `NOT_FOUND`, `PRECONDITION_FAILED`, and for a new handle or a publication the same as `createPage`. */
export async function updatePage(ctx: MemberCtx, input: z.infer<typeof updatePageInput>): Promise<Page> {
  requireHandleAllowed(ctx, input);
  const { id, version, published, publishing, ...given } = input;
  const change = pickDefined({ ...given, ...pickAvatar(given) });
  requireValidCss(ctx, change.theme);
  await withTransaction(ctx, async (trx) => {
    const before =
      change.handle === undefined ? await lockPage(trx, id) : await lockPageAndWorkspace(trx, id);
    requireVersion(ctx, before.version, version);
    if (change.handle !== undefined && change.handle.toLowerCase() !== before.handle.toLowerCase())
      requireNotTakenDown(before);
    await requirePictureFiles(trx, before.workspaceId, change);
    await requireCssAllowance(trx, before.workspaceId, change.theme);
    // What was visible before this change stays published.
    if (publishing === 'manual' && !before.manualPublishing) await startManualPublishing(trx, before);
    await requireAllowedHosts(trx, change);
    await queries.updatePageRow(trx.db, id, change);
    if (change.handle !== undefined) {
      const { workspaceId } = before;
      await handles.renameHandle(trx, before.handle, { handle: change.handle, workspaceId, pageId: id });
    }
    await recordPageChange(trx, id, Object.keys(change));
    if (publishing === 'immediate' && before.manualPublishing)
      await stopManualPublishing(trx, await lockPage(trx, id));
    if (published === true && !before.published) await showPage(trx, await lockPage(trx, id));
    if (published === false && before.published) await unpublishPage(trx, id);
    await handles.invalidateCachedPages(trx, { pageId: id });
  });
  return getPage(ctx, { id });
}

/** The caller holds the page's lock. */
export async function replacePageContent(ctx: AppTrxCtx, id: string, content: PartialContent): Promise<void> {
  await requireAllowedHosts(ctx, content);
  await queries.updatePageRow(ctx.db, id, pickDefined(content));
  await recordPageChange(ctx, id, [...Object.keys(pickDefined(content)), 'blocks']);
  await handles.invalidateCachedPages(ctx, { pageId: id });
}

/** For changes of its blocks. The caller holds the page's lock. */
export const updatePageVersion = (ctx: TrxCtx, id: string): Promise<void> =>
  queries.updatePageVersionRow(ctx.db, id);

/** The caller holds the page's lock. Throws `LIMIT_REACHED`. */
export async function adjustBlockCount(ctx: TrxCtx, id: string, change: number): Promise<void> {
  try {
    await queries.addToBlockCount(ctx.db, id, change);
  } catch (error) {
    if (!isCheckViolation(error, 'pages_at_most_200_blocks')) throw error;
    throw new AppError(
      'LIMIT_REACHED',
      `A page can have at most ${MAX_BLOCKS} blocks. Delete one to make room.`,
    );
  }
}

/** Its token names its maker, and ends when they may no longer change the page. */
export async function createPreviewLink(ctx: MemberCtx, { id }: { id: string }): Promise<PreviewLink> {
  const { userId } = ctx.principal;
  const page = await requirePage(ctx, id);
  requireNotTakenDown(page);
  await requireVerifiedUser(ctx, 'share a preview');
  const version = await queries.getPreviewVersion(ctx.db, id);
  const expiresAt = new Date(Date.now() + PREVIEW_LINK_HOURS * 3_600_000);
  const token = signExpiringToken(ctx.previewSigner, `${id}:${version}:${userId}`, expiresAt);
  return { url: `${buildPageUrl(ctx, page.handle)}?preview=${token}`, expiresAt: expiresAt.toISOString() };
}

export async function revokePreviewLinks(ctx: MemberCtx, { id }: { id: string }): Promise<void> {
  await requirePage(ctx, id);
  await queries.updatePreviewVersions(ctx.db, { pageId: id });
}

/** Of all pages for which the user could have made some. */
export const revokePreviewLinksOfUser = (ctx: DbCtx, userId: string): Promise<void> =>
  queries.updatePreviewVersions(ctx.db, { workspaces: allowedWorkspacesSubquery({ userId }, 'pages:write') });

type Preview = { pageId: string; version: number; userId: string };

/** Undefined if the token is forged or expired. The version may have ended since, or its maker may have left. */
export function readPreviewToken(ctx: Pick<AppCtx, 'previewSigner'>, token: string): Preview | undefined {
  const [pageId, version, userId] = (readExpiringToken(ctx.previewSigner, token) ?? '').split(':');
  return pageId && version && userId ? { pageId, version: Number(version), userId } : undefined;
}
