import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppTrxCtx, MemberCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError, type MemberError, createValidationError } from '../../../core/errors.ts';
import { FILE_LIMITS, findJsonExcess } from '../../../core/text/json.ts';
import { createPacer } from '../../../core/pacing.ts';
import { toMemberErrors } from '../../../core/text/validation.ts';
import { holdFiles } from '../../files/uses/service.ts';
import { loadHostJudge } from '../../blocked-hosts/service.ts';
import { createBlockContent, listBlockFiles } from '../blocks/content.ts';
import type { FileBlockRow } from '../blocks/queries.ts';
import { listAllBlocks, listBlockContents, replaceBlocks, toBlockContent } from '../blocks/service.ts';
import { listHandles } from '../handles/service.ts';
import { addPage, getPage, lockPage, listAllPages, replacePageContent, requirePage } from '../service.ts';
import { listAllVersions } from '../versions/service.ts';
import { type LinktreePage, readLinktree } from './linktree.ts';
import {
  PAGE_FILE_FORMAT,
  importedPageFile,
  importTarget,
  type ImportPreview,
  type importPageInput,
  type ImportResult,
  type PageFile,
  type PagesExport,
} from './schema.ts';

export async function exportPage(ctx: MemberCtx, { id }: { id: string }): Promise<PageFile> {
  const { handle, title, bio, avatarUrl, language, theme, seo } = await requirePage(ctx, id);
  return {
    format: PAGE_FILE_FORMAT,
    formatVersion: 1,
    exportedAt: new Date().toISOString(),
    page: { handle, title, bio, avatarUrl, language, theme, seo },
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

const createUnreadableFileError = (message: string): AppError =>
  createValidationError({ path: 'content', message, code: 'unreadable_file' });

const createFileContentError = (path: string, errors: MemberError[]): AppError =>
  createValidationError(
    ...errors.map((error) => ({ ...error, path: error.path ? `${path}.${error.path}` : path })),
  );

const DATA_SCRIPT_ID = 'id="__NEXT_DATA__"';

/** The starts of `.mhtml` and `.webarchive` files, in which browsers save a page with its pictures. */
const WEB_ARCHIVE =
  /^(?:From: <Saved by |MIME-Version:|Snapshot-Content-Location:|Content-Type: multipart\/related|bplist)/i;

/** The file itself, or the data that a saved HTML page embeds for its script. */
function extractJson(content: string): string {
  const text = content.trim();
  if (WEB_ARCHIVE.test(text))
    throw createUnreadableFileError(
      'This is a web archive. Save the page again, choose "Webpage, HTML only" as the format, and import that .html file.',
    );
  if (!text.startsWith('<')) return text;
  const mark = text.indexOf(DATA_SCRIPT_ID);
  const start = text.indexOf('>', mark) + 1;
  const end = text.indexOf('</script', start);
  if (mark === -1 || start === 0 || end === -1)
    throw createUnreadableFileError(
      'This page contains no data to import. Save a Linktree page and try again.',
    );
  return text.slice(start, end);
}

function parseFile(content: string): unknown {
  const json = extractJson(content);
  const excess = findJsonExcess(json, FILE_LIMITS);
  if (excess !== undefined) throw createUnreadableFileError(`The file ${excess}`);
  try {
    return JSON.parse(json);
  } catch {
    throw createUnreadableFileError('The file is not complete JSON. Export or save the page again.');
  }
}

export type PageFileContent = { format: ImportPreview['format']; page: ImportPreview['page'] } & Pick<
  LinktreePage,
  'blocks' | 'skipped'
>;
type FileBlock = z.infer<typeof importedPageFile>['blocks'][number];

function parseFileBlock({ type, group, ...members }: FileBlock, index: number): FileBlockRow {
  try {
    return { ...createBlockContent(type, members), group };
  } catch (error) {
    throw error instanceof AppError && error.errors
      ? createFileContentError(`content.blocks.${index}`, error.errors)
      : error;
  }
}

/** Groups are not in groups. */
function requireFileGroup(blocks: FileBlock[], index: number): void {
  const { group, type } = blocks[index] ?? { group: null };
  if (group === null || (blocks[group]?.type === 'group' && type !== 'group')) return;
  throw createFileContentError(`content.blocks.${index}`, [
    { path: 'group', message: 'Must be the index of a group', code: 'unknown_group' },
  ]);
}

async function readExportedPage(data: unknown): Promise<PageFileContent> {
  const file = importedPageFile.safeParse(data);
  if (!file.success) throw createFileContentError('content', toMemberErrors(file.error));
  const { handle: _, ...page } = file.data.page;
  const pace = createPacer();
  const blocks: FileBlockRow[] = [];
  for (const [index, block] of file.data.blocks.entries()) {
    await pace();
    requireFileGroup(file.data.blocks, index);
    blocks.push(parseFileBlock(block, index));
  }
  return { format: 'linkgrove', page, blocks, skipped: [] };
}

/** Throws `VALIDATION_FAILED`. */
export async function readPageFile(content: string): Promise<PageFileContent> {
  const data = parseFile(content);
  if (typeof data === 'object' && data !== null && 'format' in data && data.format === PAGE_FILE_FORMAT)
    return readExportedPage(data);
  const found = await readLinktree(data);
  if (!found) throw createUnreadableFileError('Choose an exported page or a saved Linktree page');
  return { format: 'linktree', ...found };
}

export async function previewImport(input: { content: string }): Promise<ImportPreview> {
  const { blocks, ...file } = await readPageFile(input.content);
  return { ...file, blocks: blocks.map(toBlockContent) };
}

/** Throws `NOT_FOUND`, `HANDLE_TAKEN` and `LIMIT_REACHED`. */
export async function importPage(
  ctx: MemberCtx,
  { file, ...input }: z.infer<typeof importPageInput> & { file: PageFileContent },
): Promise<ImportResult> {
  const { skipped } = file;
  const id = await withTransaction(ctx, async (trx) => {
    const { page, blocks } = await dropBlockedHosts(trx, file);
    const pageId = await prepareImportTarget(trx, input, page);
    const { workspaceId } = await requirePage(trx, pageId);
    await replaceBlocks(trx, pageId, await dropForeignFiles(trx, { workspaceId, blocks, skipped }));
    return pageId;
  });
  return { page: await getPage(ctx, { id }), skipped };
}

/** What leads to a blocked host is left out and reported. */
async function dropBlockedHosts(ctx: TrxCtx, { page, blocks, skipped }: PageFileContent) {
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
    const [error] = await holdFiles(ctx, workspaceId, listBlockFiles(block));
    if (error) {
      skipped.push({ title: block.title ?? block.type, reason: `Its file is not here: ${error.message}` });
      continue;
    }
    positions.set(index, kept.length);
    kept.push(block);
  }
  return kept.map((block) => ({ ...block, group: positions.get(block.group) ?? null }));
}

async function prepareImportTarget(
  trx: AppTrxCtx & MemberCtx,
  input: z.infer<typeof importPageInput>,
  content: PageFileContent['page'],
): Promise<string> {
  const target = importTarget.parse(input);
  if ('handle' in target) return addPage(trx, { ...target, ...content });
  const { id } = await lockPage(trx, target.pageId);
  await replacePageContent(trx, id, content);
  return id;
}
