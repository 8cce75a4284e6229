import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCharset, isMediaTypeNamed, isHtmlPreferred } from './media-types.ts';

describe('findCharset', () => {
  it.each([
    ['application/json', undefined],
    ['application/json; charset=utf-8', 'utf-8'],
    ['application/json;charset="UTF-8"', 'utf-8'],
    ['application/json; x="a;charset=latin1"; Charset=utf-8', 'utf-8'],
    ['application/json; x=charset', undefined],
    ['nonsense', undefined],
  ])('reads %s', (header, charset) => {
    expect(findCharset(header)).toBe(charset);
  });
});

describe('isHtmlPreferred', () => {
  it.each([
    'text/html',
    'TEXT/HTML; charset=utf-8',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'text/html, application/json;q=0.9',
    'application/json;q=0.1, text/html;q=0.2',
    'text/html, */*',
  ])('is true for %s', (header) => {
    expect(isHtmlPreferred(header)).toBe(true);
  });

  it.each([
    undefined,
    '',
    '*/*',
    'text/*',
    'application/json, text/plain, */*',
    'application/json, text/html',
    'application/problem+json, text/html;q=0.9',
    'text/html;q=0',
    'text/html;q=nonsense',
    'text/html;q=2',
    'text',
  ])('is false for %s', (header) => {
    expect(isHtmlPreferred(header)).toBe(false);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(typeof isHtmlPreferred(header)).toBe('boolean');
      }),
    );
  });
});

describe('isMediaTypeNamed', () => {
  it('ignores wildcards and refused types', () => {
    const types = ['application/jsonl'];
    expect(isMediaTypeNamed('text/html, Application/JSONL;q=0.1', types)).toBe(true);
    for (const header of ['*/*', 'application/*', 'application/jsonl;q=0', 'application/json'])
      expect(isMediaTypeNamed(header, types)).toBe(false);
  });
});

it('reads a bounded number of ranges, and none without a slash', () => {
  expect(isHtmlPreferred(`${'a,'.repeat(31)}text/html`)).toBe(true);
  expect(isHtmlPreferred(`${','.repeat(15_000)}text/html`)).toBe(false);
});
