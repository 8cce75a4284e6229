import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../testing/any-text.ts';
import { findInvisibleCharacter } from '../../../core/text/visibility.ts';
import { findLocale, formatMessage, getDirection, LOCALES, negotiateLocale } from './index.ts';

const [english] = LOCALES;
const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).toSorted();

describe('every language', () => {
  it('is there', () => {
    expect(LOCALES.map(({ tag }) => tag)).toEqual(
      'en de fr es pt it nl pl tr ar he ja zh-Hans ko hi id'.split(' '),
    );
  });

  it.each(LOCALES)('$tag has each message, translated, with the same placeholders', ({ tag, messages }) => {
    const originals = Object.entries(english?.messages ?? {});
    expect(Object.keys(messages)).toEqual(originals.map(([key]) => key));
    const texts = new Map(Object.entries(messages));
    for (const [key, original] of originals) {
      const text = texts.get(key) ?? '';
      expect([key, placeholders(text)]).toEqual([key, placeholders(original)]);
      expect([key, text.trim(), findInvisibleCharacter(text, 'line')]).toEqual([key, text, undefined]);
      expect(/[.。।]$/.test(text)).toBe(original.endsWith('.'));
    }
    const same = originals.filter(([key, original]) => tag !== 'en' && texts.get(key) === original);
    expect(same.length).toBeLessThan(3);
  });

  it('is written in its own script', () => {
    const scripts: Record<string, RegExp> = {
      ar: /\p{Script=Arabic}/u,
      he: /\p{Script=Hebrew}/u,
      ja: /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u,
      'zh-Hans': /\p{Script=Han}/u,
      ko: /\p{Script=Hangul}/u,
      hi: /\p{Script=Devanagari}/u,
    };
    for (const { tag, messages } of LOCALES)
      for (const text of Object.values(messages)) expect(text).toMatch(scripts[tag] ?? /\p{Script=Latin}/u);
  });
});

describe('findLocale', () => {
  it.each([
    ['de', 'de'],
    ['de-AT', 'de'],
    ['DE', 'de'],
    ['pt-BR', 'pt'],
    ['es-419', 'es'],
    ['zh', 'zh-Hans'],
    ['zh-CN', 'zh-Hans'],
    ['zh-Hans-SG', 'zh-Hans'],
    ['zh-TW', 'en'],
    ['zh-Hant', 'en'],
    ['iw', 'he'],
    ['ar-EG', 'ar'],
    ['fa', 'en'],
    ['en-GB', 'en'],
    ['', 'en'],
    ['not a tag', 'en'],
    ['constructor', 'en'],
    [`de-${'x'.repeat(10_000)}`.slice(0, 70), 'en'],
  ])('answers %j with %s', (tag, found) => {
    expect(findLocale(tag).tag).toBe(found);
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(anyText(), (tag) => {
        expect(LOCALES).toContain(findLocale(tag));
        expect(['ltr', 'rtl']).toContain(getDirection(tag));
      }),
    );
  });
});

describe('getDirection', () => {
  it.each([
    ['ar', 'rtl'],
    ['he', 'rtl'],
    ['fa-IR', 'rtl'],
    ['ur', 'rtl'],
    ['ckb', 'rtl'],
    ['az-Arab', 'rtl'],
    ['az', 'ltr'],
    ['en', 'ltr'],
    ['ja', 'ltr'],
    ['?', 'ltr'],
  ])('of %s is %s', (tag, direction) => {
    expect(getDirection(tag)).toBe(direction);
  });
});

describe('negotiateLocale', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['de-CH,de;q=0.9,en;q=0.8', 'de'],
    ['fa,ar;q=0.5', 'ar'],
    ['en;q=0.2, fr;q=0.7', 'fr'],
    ['fr;q=0, de;q=0.1', 'de'],
    ['fr;q=x, de;q=0.1', 'de'],
    ['xx, yy', 'en'],
  ])('of %j is %s', (header, tag) => {
    expect(negotiateLocale(header).tag).toBe(tag);
  });

  it('takes any header', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'deafrh-;q=0.19, *') }), (header) => {
        expect(LOCALES).toContain(negotiateLocale(header));
      }),
    );
  });
});

describe('formatMessage', () => {
  const de = findLocale('de');
  const he = findLocale('he');

  it('fills placeholders', () => {
    expect(formatMessage(de, de.messages.ageTitle, { age: 18 })).toBe('Bist du mindestens 18 Jahre alt?');
    expect(formatMessage(de, de.messages.sharedBy, { handle: '@ada' })).toBe('Geteilt von @ada');
    expect(formatMessage(de, '{a} {b}', { a: '{b}', b: '$&' })).toBe('{b} $&');
    expect(formatMessage(de, '{constructor}', {})).toBe('{constructor}');
  });

  it('isolates values that run in another direction', () => {
    expect(formatMessage(he, he.messages.sharedBy, { handle: '@ada' })).toContain('\u2068@ada\u2069');
    expect(formatMessage(he, he.messages.ageOnly, { age: 18 })).not.toContain('\u2068');
    expect(formatMessage(de, de.messages.linksOf, { name: 'שלום!' })).toBe('Links von \u2068שלום!\u2069');
  });
});
