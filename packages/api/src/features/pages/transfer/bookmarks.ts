import { createPacer } from '../../../core/pacing.ts';
import {
  type Collector,
  createCollector,
  findUrlType,
  type ImportedPage,
  MAX_FOREIGN_LINKS,
  toImportedPage,
  toLine,
} from './collecting/content.ts';
import { parseDocument } from './documents/content.ts';

// The Netscape bookmark file that browsers and bookmarking services export: a list of links in nested folders.

const MARK = /<!DOCTYPE NETSCAPE-Bookmark-file-1>/i;
const HEAD_LENGTH = 2_000;
export const isBookmarkFile = (html: string): boolean => MARK.test(html.slice(0, HEAD_LENGTH));

/** Browsers write it after each list and never end it, so that lists would seem to nest. */
const STRAY_PARAGRAPH = /<\/?p>/gi;
const MAX_FOLDER_LENGTH = 128;
const MAX_DESCRIPTION_LENGTH = 280;

type Bookmark = { kind: 'link'; folder: string; title: string; url: string; description: string };
type Entry = Bookmark | { kind: 'line'; folder: string };

/** The parts of the browser itself are no folders that somebody made. */
const isRootFolder = (attributes: Record<string, string>): boolean =>
  'personal_toolbar_folder' in attributes || 'unfiled_bookmarks_folder' in attributes;

const joinFolders = (outer: string, inner: string): string =>
  [outer, inner.trim()]
    .filter((name) => name !== '')
    .join(' / ')
    .slice(-MAX_FOLDER_LENGTH);

/** Undefined if there are none, or too many. */
async function listEntries(html: string, pace: () => Promise<void>): Promise<Entry[] | undefined> {
  const entries: Entry[] = [];
  const folders: string[] = [];
  let heading = '';
  let isRoot = false;
  let link: Bookmark | undefined;
  let addText: ((text: string) => void) | undefined;
  const getFolder = () => folders.at(-1) ?? '';
  const openers: Record<string, (attributes: Record<string, string>) => void> = {
    h3: (attributes) => {
      heading = '';
      isRoot = isRootFolder(attributes);
      addText = (text) => (heading += text);
    },
    dl: () => {
      folders.push(isRoot ? getFolder() : joinFolders(getFolder(), heading));
      heading = '';
    },
    hr: () => entries.push({ kind: 'line', folder: getFolder() }),
    a: ({ href = '' }) => {
      const opened: Bookmark = { kind: 'link', folder: getFolder(), title: '', url: href, description: '' };
      entries.push(opened);
      link = opened;
      addText = (text) => (opened.title += text);
    },
    dd: () => {
      const described = link;
      addText = described && ((text) => (described.description += text));
    },
    dt: () => {
      addText = undefined;
    },
  };
  const isRead = await parseDocument(
    html,
    {
      onopentag: (name, attributes) => {
        if (Object.hasOwn(openers, name)) openers[name]?.(attributes);
      },
      ontext: (text) => addText?.(text),
      onclosetag: (name) => {
        if (name === 'dl') folders.pop();
        if (name === 'h3' || name === 'a' || name === 'dl') addText = undefined;
      },
    },
    pace,
  );
  return isRead && entries.length > 0 && entries.length <= MAX_FOREIGN_LINKS ? entries : undefined;
}

function addBookmark(collector: Collector, bookmark: Bookmark, group: number | null): void {
  const title = toLine(bookmark.title);
  const type = findUrlType(bookmark.url);
  const description = toLine(bookmark.description, MAX_DESCRIPTION_LENGTH);
  collector.add(
    title ?? bookmark.url,
    type,
    { title, url: bookmark.url, ...(type === 'link' && { data: { description } }) },
    group,
  );
}

/** A folder becomes a group, in which subfolders have groups of their own beside it. Undefined if there are none, or too many. */
export async function readBookmarks(html: string): Promise<ImportedPage | undefined> {
  const pace = createPacer();
  const entries = await listEntries(html.replaceAll(STRAY_PARAGRAPH, ''), pace);
  if (!entries) return undefined;
  const collector = createCollector();
  const groups = new Map<string, number | null>([['', null]]);
  for (const entry of entries) {
    await pace();
    const { folder } = entry;
    if (!groups.has(folder)) {
      const title = toLine(folder) ?? '…';
      groups.set(folder, collector.add(title, 'group', { title, data: { collapsible: true } }) ?? null);
    }
    const group = groups.get(folder) ?? null;
    if (entry.kind === 'line') collector.add('', 'divider', {}, group);
    else addBookmark(collector, entry, group);
  }
  return toImportedPage(collector);
}
