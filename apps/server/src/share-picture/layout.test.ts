import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findTextDirection, formatFitting, listLineParts, formatLines } from './layout.ts';

const countGraphemes = (text: string) => [...new Intl.Segmenter().segment(text)].length;
const frame = { language: 'en', maxWidth: 10, maxLines: 2 };

it.each([
  ['Hello, (big) world!', 'en', ['Hello, ', '(big) ', 'world!']],
  ['open 24/7, (now)well-known', 'en', ['open ', '24/7, ', '(now)well-known']],
  ['私は「学生」です。', 'ja', ['私', 'は', '「学生」', 'です。']],
])('%s breaks into words', (text, language, words) => {
  expect(listLineParts(text, language)).toEqual(words);
});

it.each([
  ['short', ['short'], false],
  ['two words here', ['two words', 'here'], false],
  ['aVeryLongWordOf', ['aVeryLongW', 'ordOf'], false],
  ['this is much too long to show', ['this is', 'much too…'], true],
  ['👩‍👩‍👧'.repeat(21), ['👩‍👩‍👧'.repeat(10), `${'👩‍👩‍👧'.repeat(9)}…`], true],
])('%s is shown as %j', (text, lines, isCut) => {
  expect(formatLines(text, frame, countGraphemes)).toEqual({ lines, isCut });
});

it('no line is too wide, and none breaks a character', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 120 });
  const bounds = fc.record({
    maxWidth: fc.integer({ min: 2, max: 20 }),
    maxLines: fc.integer({ min: 1, max: 4 }),
    language: fc.constantFrom('en', 'ja', 'ar'),
  });
  fc.assert(
    fc.property(text, bounds, (given, limits) => {
      const { lines, isCut } = formatLines(given, limits, countGraphemes);
      expect(lines.length).toBeLessThanOrEqual(limits.maxLines);
      for (const line of lines) expect(countGraphemes(line)).toBeLessThanOrEqual(limits.maxWidth);
      const spaceless = (shown: string) => shown.replaceAll(/\s|…$/g, '');
      const shown = spaceless(lines.join(''));
      expect(spaceless(given).startsWith(shown)).toBe(true);
      if (!isCut) expect(shown).toBe(spaceless(given));
    }),
  );
});

it('a text gets the largest size in which it fits', () => {
  const sizes = [
    { size: 2, maxLines: 1 },
    { size: 1, maxLines: 2 },
  ] as const;
  const fit = (text: string) =>
    formatFitting(text, { sizes, language: 'en', maxWidth: 10 }, (size) => (line) => size * line.length);
  expect(fit('five')).toMatchObject({ size: 2, lines: ['five'] });
  expect(fit('not so short')).toMatchObject({ size: 1, isCut: false });
  expect(fit('not so short, but rather long')).toMatchObject({ size: 1, isCut: true });
});

it.each([
  ['مرحبا Ada', 'ltr', 'rtl'],
  ['«Ada» שלום', 'rtl', 'ltr'],
  ['123 !', 'rtl', 'rtl'],
] as const)('the direction of %s in a page of %s is %s', (text, page, direction) => {
  expect(findTextDirection(text, page)).toBe(direction);
});
