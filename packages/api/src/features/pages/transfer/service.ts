import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { UserCtx } from '../../../core/context.ts';
import { AppError, type MemberError, createValidationError } from '../../../core/errors.ts';
import { toMemberErrors } from '../../../core/text/validation.ts';
import { createBlockContent } from '../blocks/content.ts';
import type { BlockContentRow } from '../blocks/queries.ts';
import { listAllBlocks, listBlockContents, replaceBlocks, toBlockContent } from '../blocks/service.ts';
import { listHandles } from '../handles/service.ts';
import { addPage, getPage, lockPage, listAllPages, replacePageContent, requirePage } from '../service.ts';
import { type LinktreePage, readLinktree } from './linktree.ts';
import {
  PAGE_FILE_FORMAT,
  importedPageFile,
  type ImportPreview,
  type importPageInput,
  type ImportResult,
  type PageFile,
  type PagesExport,
} from './schema.ts';

/** One of the user's pages as a file that `importPage` makes the same page of. Throws `NOT_FOUND`. */
export async function exportPage(ctx: UserCtx, { id }: { id: string }): Promise<PageFile> {
  const { handle, title, bio, avatarUrl, theme, seo } = await requirePage(ctx, id);
  return {
    format: PAGE_FILE_FORMAT,
    formatVersion: 1,
    exportedAt: new Date().toISOString(),
    page: { handle, title, bio, avatarUrl, theme, seo },
    blocks: await listBlockContents(ctx, id),
  };
}

/** Everything that the user has here, trash included. */
export async function exportPages(ctx: UserCtx): Promise<PagesExport> {
  const { userId } = ctx.principal;
  const pages: PagesExport['pages'] = [];
  for (const page of await listAllPages(ctx, userId)) {
    const blocks = [...(await listAllBlocks(ctx, page.id)), ...(await listAllBlocks(ctx, page.id, true))];
    pages.push({ ...page, blocks });
  }
  return { pages, handles: await listHandles(ctx, userId) };
}

const unreadable = (message: string): AppError =>
  createValidationError({ path: 'content', message, code: 'unreadable_file' });
const within = (path: string, rows: MemberError[]): AppError =>
  createValidationError(...rows.map((row) => ({ ...row, path: row.path ? `${path}.${row.path}` : path })));

const MARK = 'id="__NEXT_DATA__"';

/** The JSON of a file: the file itself, or the data that a saved page carries for its script. */
function jsonOf(content: string): string {
  const text = content.trim();
  if (!text.startsWith('<')) return text;
  const mark = text.indexOf(MARK);
  const start = text.indexOf('>', mark) + 1;
  const end = text.indexOf('</script', start);
  if (mark === -1 || start === 0 || end === -1) throw unreadable('This page holds no data that can be read');
  return text.slice(start, end);
}

function parse(content: string): unknown {
  try {
    return JSON.parse(jsonOf(content));
  } catch (error) {
    throw error instanceof AppError ? error : unreadable('The file is not complete JSON');
  }
}

type Content = ImportPreview['page'];
type ReadFile = { format: ImportPreview['format']; page: Content } & Pick<LinktreePage, 'blocks' | 'skipped'>;

/** A block of a file; what is wrong with it is named by its place there. */
function blockOf({ type, ...members }: GivenBlock, index: number): BlockContentRow {
  try {
    return createBlockContent(type, members);
  } catch (error) {
    throw error instanceof AppError && error.errors ? within(`content.blocks.${index}`, error.errors) : error;
  }
}
type GivenBlock = z.infer<typeof importedPageFile>['blocks'][number];

function readOwn(data: unknown): ReadFile {
  const file = importedPageFile.safeParse(data);
  if (!file.success) throw within('content', toMemberErrors(file.error));
  const { handle: _, ...page } = file.data.page;
  return { format: 'linkgrove', page, blocks: file.data.blocks.map(blockOf), skipped: [] };
}

/** Reads a file. Throws `VALIDATION_FAILED`, with the members that are wrong where it is one of ours. */
function readFile(content: string): ReadFile {
  const data = parse(content);
  if (typeof data === 'object' && data !== null && 'format' in data && data.format === PAGE_FILE_FORMAT)
    return readOwn(data);
  const found = readLinktree(data);
  if (!found) throw unreadable('Must be a page exported from here, or a page of Linktree');
  return { format: 'linktree', ...found };
}

/** What an import would make of a file, without making it. Throws `VALIDATION_FAILED`. */
export function previewImport(input: { content: string }): ImportPreview {
  const { blocks, ...file } = readFile(input.content);
  return { ...file, blocks: blocks.map(toBlockContent) };
}

/**
 * Makes a draft of a file, or replaces the content of a page, whose blocks go into the trash. Nothing is fetched.
 * Throws `VALIDATION_FAILED`, `NOT_FOUND`, `HANDLE_TAKEN` and `LIMIT_REACHED`.
 */
export async function importPage(
  ctx: UserCtx,
  input: z.infer<typeof importPageInput>,
): Promise<ImportResult> {
  const { userId } = ctx.principal;
  const { page, blocks, skipped } = readFile(input.content);
  const { pageId, handle } = input;
  const id = await withTransaction(ctx, async (trx) => {
    const id = pageId ?? (await addPage(trx, userId, { handle: handle as string, ...page }));
    await lockPage(trx, id, userId);
    if (pageId !== undefined) await replacePageContent(trx, id, page);
    await replaceBlocks(trx, id, blocks);
    return id;
  });
  return { page: await getPage(ctx, { id }), skipped };
}
