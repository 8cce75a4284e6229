import { describe, expect, it } from 'vitest';
import { formatOrigin, parseCountry } from './origin.ts';

describe('parseCountry', () => {
  it.each([
    ['DE', 'DE'],
    [' de ', 'DE'],
    ['XX', undefined],
    ['ZZ', undefined],
    ['T1', undefined],
    ['QQ', undefined],
    ['Germany', undefined],
    ['', undefined],
  ])('reads %j as %j', (text, code) => expect(parseCountry(text)).toBe(code));
});

describe('formatOrigin', () => {
  const at = '2026-03-05T14:03:59.000Z';

  it.each([
    [{ at, country: 'DE' }, ' on 5 March 2026 at 14:03 UTC, from Germany'],
    [{ at, country: null }, ' on 5 March 2026 at 14:03 UTC'],
    [{}, ''],
  ])('describes %j', (origin, text) => expect(formatOrigin(origin)).toBe(text));
});
