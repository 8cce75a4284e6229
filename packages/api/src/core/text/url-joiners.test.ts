import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeJoiners } from './url-joiners.ts';

describe('encodeJoiners', () => {
  it.each([
    ['https://example.com/?q=👨\u200d👩', 'https://example.com/?q=👨%E2%80%8D👩'],
    ['https://fa.wikipedia.org/wiki/می\u200cخواهم', 'https://fa.wikipedia.org/wiki/می%E2%80%8Cخواهم'],
    ['https://example.com#a\u200db', 'https://example.com#a%E2%80%8Db'],
    ['https://example.com?a\u200db', 'https://example.com?a%E2%80%8Db'],
    ['mailto:a@example.com?subject=a\u200db', 'mailto:a@example.com?subject=a%E2%80%8Db'],
    ['https://exa\u200dmple.com/a', 'https://exa\u200dmple.com/a'],
    ['htt\u200dps://example.com/', 'htt\u200dps://example.com/'],
    ['https://example.com/a\u200bb', 'https://example.com/a\u200bb'],
    ['a\u200db', 'a\u200db'],
    ['', ''],
  ])('turns %j into %j', (url, encoded) => {
    expect(encodeJoiners(url)).toBe(encoded);
  });

  it('gives the address that a browser would, and leaves no joiner after the host', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '\u200c', '\u200d', '👩', '/', '?', '#', 'م') });
    fc.assert(
      fc.property(part, (rest) => {
        const url = `https://example.com/${rest}`;
        const encoded = encodeJoiners(url);
        expect(encoded).not.toMatch(/\u200c|\u200d/);
        expect(new URL(encoded).href).toBe(new URL(url).href);
        expect(encodeJoiners(encoded)).toBe(encoded);
      }),
    );
  });
});
