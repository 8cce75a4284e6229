import { loadPackage } from '../../../core/load-package.ts';
import { createPacer } from '../../../core/pacing.ts';
import {
  type Collector,
  toCompleteUrl,
  createCollector,
  findUrlType,
  type ImportedPage,
  MAX_FOREIGN_LINKS,
  toImageUrl,
  toImportedPage,
  toLine,
} from './collecting/content.ts';

// Plain lists of links: a table in CSV, or a text with a link per line.

const MAX_DESCRIPTION_LENGTH = 280;

const COLUMNS = {
  url: ['url', 'link', 'href', 'address', 'website', 'destination', 'link url', 'long url'],
  title: ['title', 'name', 'label', 'text', 'link title'],
  description: ['description', 'note', 'notes', 'comment', 'excerpt'],
  group: ['group', 'folder', 'collection', 'category', 'section'],
  startsAt: ['startsat', 'starts at', 'start', 'start date', 'from'],
  endsAt: ['endsat', 'ends at', 'end', 'end date', 'until', 'expires'],
  enabled: ['enabled', 'active', 'visible', 'published'],
  thumbnail: ['thumbnail', 'thumbnailurl', 'image', 'picture', 'icon', 'cover'],
} as const;
type Column = keyof typeof COLUMNS;
const COLUMN_NAMES = Object.entries(COLUMNS).flatMap(([column, names]) =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys of the object above
  names.map((name): [string, Column] => [name, column as Column]),
);
const COLUMNS_BY_NAME = new Map<string, Column>(COLUMN_NAMES);

type Row = Partial<Record<Column, string>>;
const toName = (cell: string): string => cell.trim().toLowerCase().replaceAll(/[_-]+/g, ' ');

const isAddress = (text: string): boolean => /^(?:https?|mailto|tel):/i.test(toCompleteUrl(text));

/** Finds the meaning of each column by the header, or else by the first row. */
function findColumns(first: string[]): { columns: (Column | undefined)[]; hasHeader: boolean } | undefined {
  const columns = first.map((cell) => COLUMNS_BY_NAME.get(toName(cell)));
  if (columns.includes('url')) return { columns, hasHeader: true };
  const url = first.findIndex(isAddress);
  if (url === -1) return undefined;
  const title = first.findIndex((cell, index) => index !== url && cell.trim() !== '');
  const guessed = first.map((_cell, index) =>
    index === url ? 'url' : index === title ? 'title' : undefined,
  );
  return { columns: guessed, hasHeader: false };
}

function toRow(cells: string[], columns: (Column | undefined)[]): Row {
  const row: Row = {};
  for (const [index, column] of columns.entries())
    if (column !== undefined && row[column] === undefined) row[column] = cells[index]?.trim() ?? '';
  return row;
}

const NO = /^(?:0|no|n|false|off|hidden|inactive)$/i;
const isFilled = (text: string | undefined): text is string => text !== undefined && text !== '';

/** With a time zone, or in UTC. Undefined if it is not readable. */
function readTime(text: string | undefined): string | null | undefined {
  if (!isFilled(text)) return null;
  const isPlain = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?$/.test(text);
  const at = Date.parse(isPlain && text.length > 10 ? `${text.replace(' ', 'T')}Z` : text);
  return at > 0 && at < Date.UTC(9999, 11, 31) ? new Date(at).toISOString() : undefined;
}

function readSchedule({ startsAt, endsAt }: Row) {
  const [start, end] = [readTime(startsAt), readTime(endsAt)];
  if (start === undefined || end === undefined) return undefined;
  return start !== null && end !== null && start >= end ? undefined : { startsAt: start, endsAt: end };
}

function addRow(collector: Collector, row: Row, groups: Map<string, number | null>): void {
  const title = toLine(row.title);
  const url = toCompleteUrl(row.url ?? '');
  if (url === '') return collector.skip(title ?? '', 'The row has no link');
  const folder = row.group ?? '';
  if (folder !== '' && !groups.has(folder)) {
    const name = toLine(folder) ?? '…';
    groups.set(folder, collector.add(name, 'group', { title: name }) ?? null);
  }
  const type = findUrlType(url);
  const schedule = readSchedule(row);
  const name = title ?? url;
  const description = toLine(row.description, MAX_DESCRIPTION_LENGTH);
  const index = collector.add(
    name,
    type,
    {
      title,
      url,
      enabled: schedule !== undefined && !NO.test(row.enabled ?? ''),
      thumbnailUrl: toImageUrl(row.thumbnail),
      ...schedule,
      ...(type === 'link' && { data: { description } }),
    },
    groups.get(folder) ?? null,
  );
  if (index === undefined) return;
  if (row.thumbnail?.startsWith('data:')) collector.addPicture(index, name, row.thumbnail);
  if (schedule === undefined)
    collector.change(
      name,
      'Its times are not readable, so the link is switched off. Write 2027-01-31T12:00:00Z.',
    );
}

function parseTable(text: string, rows: number): string[][] {
  const Papa: typeof import('papaparse') = loadPackage('papaparse');
  return Papa.parse<string[]>(text, { preview: rows, skipEmptyLines: 'greedy' }).data;
}

const MAX_HEADER_LENGTH = 4_000;
/** Whether the first line names columns, one of them for links. */
export function isLinkTable(text: string): boolean {
  const [first = []] = parseTable(text.slice(0, MAX_HEADER_LENGTH), 1);
  return first.length > 1 && (findColumns(first)?.hasHeader ?? false);
}

/** It is parsed in one go. */
export const MAX_TABLE_LENGTH = 400_000;

/** Undefined if no column has links, or if it is too long. */
export async function readLinkTable(text: string): Promise<ImportedPage | undefined> {
  if (text.length > MAX_TABLE_LENGTH) return undefined;
  const rows = parseTable(text.replace(/^\u{FEFF}/u, ''), MAX_FOREIGN_LINKS + 2);
  const found = findColumns(rows[0] ?? []);
  if (!found || rows.length > MAX_FOREIGN_LINKS + 1) return undefined;
  const collector = createCollector();
  const groups = new Map<string, number | null>();
  const pace = createPacer();
  for (const cells of found.hasHeader ? rows.slice(1) : rows) {
    await pace();
    addRow(collector, toRow(cells, found.columns), groups);
  }
  return toImportedPage(collector);
}

/** Most of them empty. */
const MAX_LINES = 20_000;
const MAX_LINE_LENGTH = 4_000;
const MARKDOWN_HEADING = /^#{1,6}\s+(\S.*)$/;
const MARKDOWN_LINK =
  /\[([^[\]]{0,300})\]\(<?([^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)?)>?(?:\s[^()]{0,300})?\)/g;
const BULLET = /^(?:[-*+•]|\d{1,4}[.)])\s+/;
const ADDRESS = /(?:https?:\/\/|mailto:|tel:|javascript:|data:)[^\s<>"]+/i;
/** Between a title and its link. */
const SEPARATORS = new Set(' \t:|,;<>()–—-');

function trimSeparators(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && SEPARATORS.has(text[start] ?? '')) start += 1;
  while (end > start && SEPARATORS.has(text[end - 1] ?? '')) end -= 1;
  return text.slice(start, end);
}

type Line = { title: string; url: string };

function splitAtAddress(line: string): Line[] {
  // A phone number has spaces.
  if (/^\+?[\d(]/.test(line) && isAddress(line)) return [{ url: line, title: '' }];
  const found = ADDRESS.exec(line);
  const url = found ? found[0].replace(/[.,;]{1,3}$/, '') : line.split(/\s+/).find(isAddress);
  if (url === undefined) return [];
  const at = line.indexOf(url);
  return [{ url, title: trimSeparators(`${line.slice(0, at)} ${line.slice(at + url.length)}`) }];
}

function readLine(line: string): Line[] {
  const links = [...line.matchAll(MARKDOWN_LINK)].map(([, title = '', url = '']) => ({ title, url }));
  return links.length > 0 ? links : splitAtAddress(line);
}

/** Returns how many links it has, whether they come over or not. */
function addLine(collector: Collector, line: string): number {
  const heading = ADDRESS.test(line) ? null : toLine(MARKDOWN_HEADING.exec(line)?.[1]);
  if (heading !== null) collector.add(heading, 'heading', { title: heading });
  const links = heading === null ? readLine(line.replace(BULLET, '')) : [];
  if (heading === null && links.length === 0) collector.skip(line, 'The line has no link');
  for (const link of links) {
    const url = toCompleteUrl(link.url);
    const title = toLine(link.title);
    collector.add(title ?? url, findUrlType(url), { title, url });
  }
  return links.length;
}

/** A link per line, with a title before or after it, or in Markdown. Undefined if there is none, or if there are too many. */
export async function readLinkLines(text: string): Promise<ImportedPage | undefined> {
  const split = text.split('\n', MAX_LINES + 1);
  if (split.length > MAX_LINES) return undefined;
  const lines = split.map((line) => line.slice(0, MAX_LINE_LENGTH).trim()).filter((line) => line !== '');
  if (lines.length > MAX_FOREIGN_LINKS) return undefined;
  const collector = createCollector();
  const pace = createPacer();
  let links = 0;
  for (const line of lines) {
    await pace();
    links += addLine(collector, line);
  }
  return links > 0 ? toImportedPage(collector) : undefined;
}
