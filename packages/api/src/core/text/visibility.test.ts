import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { findInvisibleCharacter, hasVisibleCharacter, type TextKind } from './visibility.ts';

const KINDS: TextKind[] = ['name', 'line', 'prose'];
const BLANKS = [
  '\u3164',
  '\u115f',
  '\u1160',
  '\uffa0',
  '\u2800',
  '\u00ad',
  '\u2063',
  '\u200b',
  '\u200d',
  '\u2060',
  '\ufeff',

  '\u180e',
  '\u034f',
  '\u061c',
  '\u17b4',
  '\ufe0f',
  '\u{e0100}',
  '\u{e0041}',
  '\u{1d159}',
  '\u{1d173}',
  '\ufffc',
];
const SPACES = [' ', '\u00a0', '\u2003', '\u3000', '\u1680', '\n', '\t', '\u0301'];

describe('hasVisibleCharacter', () => {
  it.each(['a', '1', '.', '☀', '語', 'ا', '⠁', '👩', '\u3164a', '£'])('sees %j', (text) => {
    expect(hasVisibleCharacter(text)).toBe(true);
  });

  it.each(['', ...BLANKS, ...SPACES])('sees nothing in %j', (text) => {
    expect(hasVisibleCharacter(text)).toBe(false);
  });

  it('sees nothing in any mixture of them, and anything with a letter more', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...BLANKS, ...SPACES)), (parts) => {
        expect(hasVisibleCharacter(parts.join(''))).toBe(false);
        expect(hasVisibleCharacter(`${parts.join('')}x`)).toBe(true);
      }),
    );
  });
});

describe('in every kind of text', () => {
  it.each([
    'Ada Lovelace',
    'Zoë Ångström',
    'שלום עולם!',
    'می\u200cخواهم',
    'क्\u200dष',
    'श्री\u200cमान',
    'ක්\u200dරි',
    'അവന്\u200d',
    'ᠠ\u180b',
    '葛\u{e0100}城',
    '👨\u200d👩\u200d👧',
    '👩🏽\u200d🚀',
    '🏳️\u200d🌈',
    '❤️',
    '❤\ufe0e',
    '1\ufe0f\u20e3',
    '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    '🇩🇪',
    '👋🏿',
    '',
  ])('%j is allowed', (text) => {
    for (const kind of KINDS) expect(findInvisibleCharacter(text, kind)).toBeUndefined();
  });

  it.each([
    '\u0000',
    '\u0007',
    '\u007f',
    '\u0085',
    '\u2028',
    '\u2029',
    '\ufdd0',
    '\ufffe',
    '\ud800',
    '\u202a',
    '\u202b',
    '\u202c',
    '\u202d',
    '\u202e',
    '\u2066',
    '\u2067',
    '\u2068',
    '\u2069',
    '\u2060',
    '\u2061',
    '\u2063',
    '\u206a',
    '\ufeff',
    '\ufff9',
    '\u{e0041}',
    '\u{e0001}',
  ])('%j is refused', (character) => {
    for (const kind of KINDS) expect(findInvisibleCharacter(`a${character}b`, kind)).toBe(character);
  });
});

describe('in names', () => {
  it.each([
    '\u3164',
    '\u115f',
    '\u1160',
    '\uffa0',
    '\u2800',
    '\u00ad',
    '\u2063',
    '\u200b',
    '\u034f',
    '\n',
    '\t',
  ])('%j is refused', (character) => {
    expect(findInvisibleCharacter(`a${character}b`, 'name')).toBe(character);
  });

  it.each([
    ['a joiner between Latin letters', 'a\u200db', '\u200d'],
    ['a non-joiner at the end', 'می\u200c', '\u200c'],
    ['a non-joiner at the start', '\u200cمی', '\u200c'],
    ['two non-joiners', 'می\u200c\u200cخ', '\u200c'],
    ['a joiner after an emoji', '👩\u200d', '\u200d'],
    ['a joiner between an emoji and a letter', '👩\u200da', '\u200d'],
    ['a selector after a letter', 'a\ufe0f', '\ufe0f'],
    ['a selector after a digit without a keycap', '1\ufe0f', '\ufe0f'],
    ['two selectors', '❤\ufe0f\ufe0f', '\ufe0f'],
    ['a tag after a letter', 'a\u{e0067}', '\u{e0067}'],
    ['a flag with an open end', '🏴\u{e0067}\u{e0062}', '\u{e0067}'],
    ['an ideograph selector after a letter', 'a\u{e0100}', '\u{e0100}'],
  ])('%s is refused', (_, text, character) => {
    expect(findInvisibleCharacter(text, 'name')).toBe(character);
  });
});

describe('in lines and prose', () => {
  it.each([
    '\u200b',
    '\u200c',
    '\u200d',
    '\u200e',
    '\u200f',
    '\u061c',
    '\u00ad',
    '\ufe0f',
    '\u034f',
    '\u2800',
  ])('%j is allowed', (character) => {
    expect(findInvisibleCharacter(`សួស្តី${character}ពិភពលោក`, 'prose')).toBeUndefined();
    expect(findInvisibleCharacter(`a${character}b`, 'line')).toBeUndefined();
  });

  it('only prose has several lines', () => {
    expect(findInvisibleCharacter('a\n\tb', 'prose')).toBeUndefined();
    expect(findInvisibleCharacter('a\nb', 'line')).toBe('\n');
    expect(findInvisibleCharacter('a\r\nb', 'prose')).toBe('\r');
  });
});

describe('properties', () => {
  const text = fc.oneof(
    anyText(),
    fc.string({ unit: fc.constantFrom('a', 'می', 'क्', '👩', '❤', '1', '葛', '\u20e3', ...BLANKS, '\u200c') }),
  );

  it('finds a character of the text, and none in what is allowed', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(...KINDS), (given, kind) => {
        const found = findInvisibleCharacter(given, kind);
        expect(found === undefined || given.includes(found)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses in names whatever it refuses in lines, and in lines whatever it refuses in prose', () => {
    fc.assert(
      fc.property(text, (given) => {
        const [name, line, prose] = KINDS.map((kind) => findInvisibleCharacter(given, kind) !== undefined);
        expect([name || !line, line || !prose]).toEqual([true, true]);
      }),
      { numRuns: 500 },
    );
  });

  it('is fast on long hostile text', () => {
    const start = performance.now();
    for (const part of ['👩\u200d', '\u200d', 'م\u200c', '🏴\u{e0067}', '1\ufe0f', '❤\ufe0f', 'a\ufe0f', '🇩'])
      for (const kind of KINDS) findInvisibleCharacter(part.repeat(5_000), kind);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
