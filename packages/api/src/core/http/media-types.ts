import { MIMEType } from 'node:util';

export function parseMediaType(text: string): MIMEType | undefined {
  try {
    return new MIMEType(text);
  } catch {
    return undefined;
  }
}

export const findCharset = (text: string): string | undefined =>
  parseMediaType(text)?.params.get('charset')?.toLowerCase();

type Range = { type: string; quality: number };

// A malformed range costs an exception, and one header has room for thousands.
const MAX_RANGES = 32;

/** RFC 9110, 12.5.1, without malformed ranges. */
function parseAccept(header: string): Range[] {
  return header.split(',', MAX_RANGES).flatMap((text) => {
    const range = text.includes('/') ? parseMediaType(text) : undefined;
    if (!range) return [];
    const quality = Number(range.params.get('q') ?? 1);
    return [{ type: range.essence, quality: quality >= 0 && quality <= 1 ? quality : 0 }];
  });
}

export const isMediaTypeNamed = (header: string, types: readonly string[]): boolean =>
  parseAccept(header).some(({ type, quality }) => quality > 0 && types.includes(type));

const findQuality = (ranges: Range[], types: string[]): number =>
  Math.max(0, ...ranges.filter(({ type }) => types.includes(type)).map(({ quality }) => quality));

export function isHtmlPreferred(header: string | undefined): boolean {
  if (header === undefined) return false;
  const ranges = parseAccept(header);
  const html = findQuality(ranges, ['text/html', 'application/xhtml+xml']);
  const json = findQuality(ranges, ['application/json', 'application/problem+json']);
  return html > 0 && html > json;
}
