import type { ByteRange } from '@linkgrove/api';

/**
 * The one range that a `Range` header asks for; undefined to answer with everything, which RFC 9110 allows for several
 * ranges and anything unreadable; null if it lies outside.
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange | null | undefined {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  if (from === '') return Number(to) === 0 ? null : { start: Math.max(0, size - Number(to)), end: size - 1 };
  const range = { start: Number(from), end: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
  if (to !== '' && Number(to) < range.start) return undefined;
  return range.start < size ? range : null;
}
