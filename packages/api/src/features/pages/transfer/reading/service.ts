import type { z } from 'zod';
import { AppError, type MemberError, createValidationError } from '../../../../core/errors.ts';
import { createPacer } from '../../../../core/pacing.ts';
import { FILE_LIMITS, findJsonExcess } from '../../../../core/text/json.ts';
import { toMemberErrors } from '../../../../core/text/validation.ts';
import { createBlockContent } from '../../blocks/content.ts';
import type { FileBlockRow } from '../../blocks/queries.ts';
import { isBeaconsPage, readBeacons } from '../beacons.ts';
import { isBookmarkFile, readBookmarks } from '../bookmarks.ts';
import { type ImportedPage, MAX_FOREIGN_LINKS } from '../collecting/content.ts';
import { findEmbeddedJson } from '../embedded/content.ts';
import { isLinkTable, MAX_TABLE_LENGTH, readLinkLines, readLinkTable } from '../links.ts';
import { readLinkStack } from '../linkstack.ts';
import { readLinktree } from '../linktree.ts';
import { type ImportFormat, type ImportPreview, importedPageFile, PAGE_FILE_FORMAT } from '../schema.ts';

export type PageFileContent = Omit<ImportedPage, 'page'> & {
  format: ImportFormat;
  page: ImportPreview['page'];
};

const createUnreadableFileError = (message: string): AppError =>
  createValidationError({ path: 'content', message, code: 'unreadable_file' });

const createFileContentError = (path: string, errors: MemberError[]): AppError =>
  createValidationError(
    ...errors.map((error) => ({ ...error, path: error.path ? `${path}.${error.path}` : path })),
  );

/** The starts of `.mhtml` and `.webarchive` files, in which browsers save a page with its pictures. */
const WEB_ARCHIVE =
  /^(?:From: <Saved by |MIME-Version:|Snapshot-Content-Location:|Content-Type: multipart\/related|bplist)/i;

/** Other files that start with `[` or `{` are no lists of links, but Markdown links can be. */
const isJson = (text: string): boolean => /^(?:\{|\[(?!.*\]\())/.test(text);

/** A page of another service can link to Linktree too, but a page of Linktree has its data. */
const isLinktreePage = (html: string): boolean =>
  html.includes('linktr.ee') && findEmbeddedJson(html) !== undefined;

function findFormat(text: string): ImportFormat {
  if (WEB_ARCHIVE.test(text))
    throw createUnreadableFileError(
      'This is a web archive. Save the page again, choose "Webpage, HTML only" as the format, and import that .html file.',
    );
  if (text.startsWith('<')) {
    if (isBookmarkFile(text)) return 'bookmarks';
    return isBeaconsPage(text) && !isLinktreePage(text) ? 'beacons' : 'linktree';
  }
  if (isJson(text)) return 'linkgrove';
  return isLinkTable(text) ? 'csv' : 'text';
}

function parseJson(json: string): unknown {
  const excess = findJsonExcess(json, FILE_LIMITS);
  if (excess !== undefined) throw createUnreadableFileError(`The file ${excess}`);
  try {
    return JSON.parse(json);
  } catch {
    throw createUnreadableFileError('The file is not complete JSON. Export or save the page again.');
  }
}

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
  return { format: 'linkgrove', page, blocks, skipped: [], changed: [], pictures: [] };
}

const isExportedPage = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'format' in data && data.format === PAGE_FILE_FORMAT;

/** Several services export JSON, which tells them apart better than its writers do. */
async function readJson(json: string): Promise<PageFileContent> {
  const data = parseJson(json);
  if (isExportedPage(data)) return readExportedPage(data);
  const linkStack = await readLinkStack(data);
  if (linkStack) return { format: 'linkstack', ...linkStack };
  const linktree = await readLinktree(data);
  if (linktree) return { format: 'linktree', ...linktree };
  throw createUnreadableFileError(
    'Choose an exported page, a saved Linktree page or a LinkStack export of at most 2,000 links',
  );
}

async function readSavedPage(text: string): Promise<PageFileContent> {
  const json = text.startsWith('<') ? findEmbeddedJson(text) : text;
  if (json === undefined)
    throw createUnreadableFileError(
      'This page contains no data to import. Save a Linktree or Beacons page as "Webpage, HTML only" and try again.',
    );
  return readJson(json);
}

const createList =
  (format: ImportFormat, read: (text: string) => Promise<ImportedPage | undefined>) =>
  async (text: string): Promise<PageFileContent> => {
    const found = await read(text);
    if (found) return { format, ...found };
    throw createUnreadableFileError(
      `Choose a file with at least one link and at most ${MAX_FOREIGN_LINKS.toLocaleString('en')}; a table can have ${MAX_TABLE_LENGTH.toLocaleString('en')} characters`,
    );
  };

const READERS: Record<ImportFormat, (text: string) => Promise<PageFileContent>> = {
  linkgrove: readJson,
  linkstack: readJson,
  linktree: readSavedPage,
  beacons: createList('beacons', readBeacons),
  bookmarks: createList('bookmarks', readBookmarks),
  csv: createList('csv', readLinkTable),
  text: createList('text', readLinkLines),
};

/** Throws `VALIDATION_FAILED`. */
export async function readPageFile({
  content,
  format,
}: {
  content: string;
  format?: ImportFormat | undefined;
}): Promise<PageFileContent> {
  const text = content.replace(/^\u{FEFF}/u, '').trim();
  const found = await READERS[format ?? findFormat(text)](text);
  if (format === undefined || found.format === format) return found;
  throw createValidationError({
    path: 'format',
    message: `The file is of the format ${found.format}`,
    code: 'wrong_format',
  });
}
