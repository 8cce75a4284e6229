import type { PublicBlock } from '../../schema.ts';

type EventBlock = Extract<PublicBlock, { type: 'event' }>;

const MAX_LINE_BYTES = 75;
const encoder = new TextEncoder();

/** RFC 5545, 3.3.11. */
const escapeText = (text: string): string =>
  text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll(/[;,]/g, String.raw`\$&`)
    .replaceAll(/\r\n?|\n/g, String.raw`\n`);

/** RFC 5545, 3.1: lines of at most 75 octets, continued after a space. */
function foldLine(line: string): string {
  let folded = '';
  let bytes = 0;
  for (const character of line) {
    const size = encoder.encode(character).length;
    if (bytes + size > MAX_LINE_BYTES) {
      folded += '\r\n ';
      bytes = 1;
    }
    folded += character;
    bytes += size;
  }
  return folded;
}

const formatMoment = (time: string): string => new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, '');

/** Times are in UTC, so the file needs no definitions of time zones. */
export function renderCalendarFile(
  block: EventBlock,
  { pageUrl, host, stamp }: { pageUrl: string; host: string; stamp: number },
): string {
  const { title, url, data } = block;
  if (!data) return '';
  const properties: [string, string][] = [
    ['UID', `${block.id}@${host}`],
    ['DTSTAMP', formatMoment(new Date(stamp).toISOString())],
    ['DTSTART', formatMoment(data.beginsAt)],
    ...(data.finishesAt === null ? [] : ([['DTEND', formatMoment(data.finishesAt)]] as [string, string][])),
    ['SUMMARY', escapeText(title ?? '')],
    ...(data.place === null ? [] : ([['LOCATION', escapeText(data.place)]] as [string, string][])),
    ...(data.description === null
      ? []
      : ([['DESCRIPTION', escapeText(data.description)]] as [string, string][])),
    ['URL', url ?? pageUrl],
  ];
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Linkgrove//Page//EN',
    'BEGIN:VEVENT',
    ...properties.map(([name, value]) => `${name}:${value}`),
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return `${lines.map(foldLine).join('\r\n')}\r\n`;
}
