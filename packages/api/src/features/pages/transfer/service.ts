import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppTrxCtx, MemberCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { holdFiles } from '../../files/uses/service.ts';
import { loadHostJudge } from '../../blocked-hosts/service.ts';
import { findDefaultWorkspaceId } from '../../workspaces/service.ts';
import { listBlockFiles } from '../blocks/content.ts';
import type { BlockType } from '../blocks/schema.ts';
import { dropForeignCodes } from '../blocks/referral-codes/service.ts';
import { replaceBlocks } from '../blocks/replacement/service.ts';
import { listAllBlocks, listBlockContents, toBlockContent } from '../blocks/service.ts';
import { listHandles } from '../handles/service.ts';
import { dropForeignLook } from '../look/service.ts';
import { addPage, getPage, lockPage, listAllPages, replacePageContent, requirePage } from '../service.ts';
import { listAllVersions } from '../versions/service.ts';
import { insertPictures, storePictures, type StoredPictures } from './pictures/service.ts';
import { type PageFileContent, readPageFile } from './reading/service.ts';
import {
  PAGE_FILE_FORMAT,
  importTarget,
  type ImportPreview,
  type importPageInput,
  type ImportResult,
  type PageFile,
  type PagesExport,
  type previewImportInput,
} from './schema.ts';

const FOREIGN_CODE = 'Its referral code is of somebody else, so it has your own link';

export async function exportPage(ctx: MemberCtx, { id }: { id: string }): Promise<PageFile> {
  const page = await requirePage(ctx, id);
  const { handle, title, bio, avatarUrl, avatarFileId, language, theme, seo, madeWith } = page;
  return {
    format: PAGE_FILE_FORMAT,
    formatVersion: 1,
    exportedAt: new Date().toISOString(),
    page: { handle, title, bio, avatarUrl, avatarFileId, language, theme, seo, madeWith },
    blocks: await listBlockContents(ctx, id),
  };
}

export async function exportPages(ctx: UserCtx): Promise<PagesExport> {
  const { userId } = ctx.principal;
  const pages: PagesExport['pages'] = [];
  for (const page of await listAllPages(ctx, userId)) {
    const blocks = [...(await listAllBlocks(ctx, page.id)), ...(await listAllBlocks(ctx, page.id, true))];
    pages.push({ ...page, blocks, versions: await listAllVersions(ctx, page.id) });
  }
  return { pages, handles: await listHandles(ctx, userId) };
}

function countTypes(blocks: { type: BlockType }[]): ImportResult['imported'] {
  const byType = Map.groupBy(blocks, ({ type }) => type);
  return [...byType].map(([type, { length: count }]) => ({ type, count }));
}

export async function previewImport(input: z.infer<typeof previewImportInput>): Promise<ImportPreview> {
  const { blocks, pictures, ...file } = await readPageFile(input);
  return {
    ...file,
    blocks: blocks.map(toBlockContent),
    pictures: pictures.length,
    imported: countTypes(blocks),
  };
}

type ImportInput = z.infer<typeof importPageInput>;
export type ImportSource = { file: PageFileContent; pictures: StoredPictures };

const findTargetWorkspace = async (
  ctx: MemberCtx,
  { pageId, workspaceId }: ImportInput,
): Promise<string | undefined> =>
  pageId === undefined ? workspaceId : (await requirePage(ctx, pageId)).workspaceId;

/** Takes a while for a large file, so it precedes the transaction. Throws `VALIDATION_FAILED` and `NOT_FOUND`. */
export async function prepareImport(ctx: MemberCtx, input: ImportInput): Promise<ImportSource> {
  const file = await readPageFile(input);
  if (file.pictures.length === 0) return { file, pictures: { stored: [], skipped: [] } };
  const workspaceId = await findTargetWorkspace(ctx, input);
  return { file, pictures: await storePictures(ctx, file.pictures, workspaceId) };
}

/** Throws `NOT_FOUND`, `HANDLE_TAKEN` and `LIMIT_REACHED`. */
export async function importPage(
  ctx: MemberCtx,
  { source, ...input }: ImportInput & { source: ImportSource },
): Promise<ImportResult> {
  const { file, pictures } = source;
  const skipped = [...file.skipped, ...pictures.skipped];
  const { id, blocks, foreignCodes } = await withTransaction(ctx, async (trx) => {
    const workspaceId = await findTargetWorkspace(trx, input);
    // Files come first: everybody locks a workspace before its pages.
    const whole = await insertPictures(trx, { stored: pictures.stored, workspaceId }, file);
    const content = await dropBlockedHosts(trx, { ...whole, skipped });
    const pageId = await prepareImportTarget(trx, input, { page: content.page, skipped });
    const page = await requirePage(trx, pageId);
    const kept = await dropForeignFiles(trx, {
      workspaceId: page.workspaceId,
      blocks: content.blocks,
      skipped,
    });
    await replaceBlocks(trx, pageId, kept);
    return { id: pageId, blocks: kept, foreignCodes: await dropForeignCodes(trx, pageId) };
  });
  return {
    page: await getPage(ctx, { id }),
    pictures: pictures.stored.length,
    imported: countTypes(blocks),
    changed: [
      ...file.changed,
      ...foreignCodes.map((title) => ({ title: title ?? 'referral', reason: FOREIGN_CODE })),
    ],
    skipped,
  };
}

/** Leaves out and reports blocks that lead to a blocked host. */
async function dropBlockedHosts(
  ctx: TrxCtx,
  { page, blocks, skipped }: Pick<PageFileContent, 'page' | 'blocks' | 'skipped'>,
) {
  const judge = await loadHostJudge(ctx, [page, blocks]);
  const isBlocked = (value: unknown) => judge(value) === 'blocked';
  const reason = 'It leads to a blocked site';
  const kept = blocks.filter((block) => !isBlocked(block));
  for (const { title, type } of blocks.filter(isBlocked)) skipped.push({ title: title ?? type, reason });
  const positions = new Map<number | null, number>(
    kept.map((block, index) => [blocks.indexOf(block), index]),
  );
  const hasAvatar = !isBlocked(page.avatarUrl);
  if (!hasAvatar) skipped.push({ title: 'avatarUrl', reason });
  return {
    page: hasAvatar ? page : { ...page, avatarUrl: null },
    blocks: kept.map((block) => ({ ...block, group: positions.get(block.group) ?? null })),
  };
}

/** A file of another workspace or server is not in the page's file, so its block is left out and reported. */
async function dropForeignFiles(
  ctx: TrxCtx,
  { workspaceId, blocks, skipped }: Pick<PageFileContent, 'blocks' | 'skipped'> & { workspaceId: string },
): Promise<PageFileContent['blocks']> {
  const positions = new Map<number | null, number>();
  const kept: PageFileContent['blocks'] = [];
  for (const [index, block] of blocks.entries()) {
    const errors = await holdFiles(ctx, workspaceId, listBlockFiles(block));
    const [error] = errors;
    if (error)
      skipped.push({ title: block.title ?? block.type, reason: `Its file is not here: ${error.message}` });
    // Without its thumbnail a block still says what it says.
    if (errors.some(({ path }) => path !== 'thumbnailFileId')) continue;
    positions.set(index, kept.length);
    kept.push(error ? { ...block, thumbnailFileId: null } : block);
  }
  return kept.map((block) => ({ ...block, group: positions.get(block.group) ?? null }));
}

async function prepareImportTarget(
  trx: AppTrxCtx & MemberCtx,
  input: z.infer<typeof importPageInput>,
  { page, skipped }: Pick<PageFileContent, 'page' | 'skipped'>,
): Promise<string> {
  const target = importTarget.parse(input);
  if ('handle' in target) {
    const { workspaceId = findDefaultWorkspaceId(trx.principal) } = target;
    return addPage(trx, { ...target, ...(await dropForeignLook(trx, workspaceId, page, skipped)) });
  }
  const { id, workspaceId } = await lockPage(trx, target.pageId);
  await replacePageContent(trx, id, await dropForeignLook(trx, workspaceId, page, skipped));
  return id;
}
