import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveRedirect } from './redirects.ts';

const BASE = 'https://app.example.com/web';
const ORIGINS = new Set(['https://app.example.com', 'https://admin.example.com']);
const resolve = (text: string) => resolveRedirect(text, BASE, ORIGINS);

describe('a redirect', () => {
  it.each([
    ['', 'https://app.example.com/web/'],
    ['welcome', 'https://app.example.com/web/welcome'],
    ['/welcome?tab=1#top', 'https://app.example.com/welcome?tab=1#top'],
    ['https://admin.example.com/x', 'https://admin.example.com/x'],
    ['HTTPS://APP.EXAMPLE.COM:443/x', 'https://app.example.com/x'],
  ])('may be %j', (text, url) => {
    expect(resolve(text)).toBe(url);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:\\\\evil.example',
    'https://evil.example',
    'https://app.example.com.evil.example',
    'https://app.example.com@evil.example',
    'https://user:password@app.example.com/',
    'https://app.example.com:8443/',
    'http://app.example.com/',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:https://app.example.com/x',
    ' //evil.example',
    '/\t/evil.example',
    '/x\r\nSet-Cookie: a=b',
    'https://[',
  ])('is refused: %j', (text) => {
    expect(resolve(text)).toBeUndefined();
  });

  it('never leaves its origins, however it is written', () => {
    const part = fc.constantFrom(
      ...'/\\@:?#.%',
      'https:',
      'http:',
      '//',
      'evil.example',
      'app.example.com',
      'a',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 8 }).map((all) => all.join('')),
        ),
        (text) => {
          const url = resolve(text);
          expect(url === undefined || ORIGINS.has(new URL(url).origin)).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
