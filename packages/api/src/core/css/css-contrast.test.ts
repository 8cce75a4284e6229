import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeContrast } from './contrast.ts';
import { findUnreadableRules } from './css-contrast.ts';
import { scopeCss } from './scoped-css.ts';

const hex = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, '0')}`);
const accepts = (rule: string): boolean => findUnreadableRules(`.a { ${rule} }`).length === 0;

describe('the contrast of custom CSS', () => {
  it('is that of the text on its background', () => {
    expect(findUnreadableRules('.a { color: #888; background: #999 }')).toEqual([
      { line: 1, message: '#888888 on #999999 has a contrast of 1.2; text needs 4.5' },
    ]);
    fc.assert(
      fc.property(hex, hex, (text, ground) => {
        const isReadable = computeContrast(text, ground) >= 4.5;
        expect(accepts(`color: ${text}; background-color: ${ground}`)).toBe(isReadable);
      }),
    );
  });

  it.each([
    'color: rgb(255 255 255 / 90%); background: #000',
    'color: #fff; background: rgb(0 0 0 / 85%)',
    'color: color-mix(in srgb, #000 80%, #fff); background-color: #fff',
    'color: color-mix(in oklab, black 80%, white); background-color: white',
    'color: hsl(0 0% 10%); background: hwb(0 95% 5%)',
    'color: oklch(30% 0.05 250); background-color: lab(95% 0 0)',
    'color: color(display-p3 1 1 1); background: #123',
    'color: light-dark(#000, #fff); background: light-dark(#fff, #000)',
    'color: #fff; background: linear-gradient(90deg, #123, #312)',
    'color: #fff; background: linear-gradient(#0009, #0009), #222',
    'color: #fff; background: #123 url("x.webp")',
    'color: #fff; background-color: #123; background-image: linear-gradient(#123, #321)',
    'background-image: url("x.webp")',
    'color: var(--accent)',
    'color: inherit',
    'color: inherit; background: none',
    'color: var(--accent); background-color: transparent',
    'color: var(--on-card); background-color: var(--card)',
    'color: var(--ground); background: var(--accent)',
    'letter-spacing: 1px',
  ])('is enough: %s', (rule) => {
    expect(findUnreadableRules(`.a { ${rule} }`)).toEqual([]);
  });

  it.each([
    ['color: red', 'Set background-color next to color'],
    ['background-color: white', 'Set color next to background-color'],
    ['color: rgb(0 0 0 / 30%); background: #fff', '#000000 at 30 % on #ffffff has a contrast of 2.1'],
    ['color: #fff; background: rgb(0 0 0 / 20%)', 'which may have black or white behind it'],
    ['color: #fff; background: transparent', 'Set color: inherit'],
    ['background: none', 'Set color: inherit'],
    ['color: var(--on-button); background: none', 'Set color: inherit'],
    ['color: color-mix(in oklab, black 30%, white); background: white', 'has a contrast of'],
    ['color: oklch(80% 0.05 250); background: white', 'has a contrast of'],
    ['color: light-dark(#000, #fff); background: #fff', '#ffffff on #ffffff has a contrast of 1.0'],
    ['color: #fff; background: linear-gradient(#123, #fff)', '#112233 to #ffffff has a contrast of 1.0'],
    ['color: #767676; background: linear-gradient(#000, #fff)', 'has a contrast of 1.0'],
    [
      'color: #fff; background: linear-gradient(#000, #000), linear-gradient(#fff, #fff)',
      'Use a colour that is known',
    ],
    ['color: color-mix(in srgb, var(--text) 20%, transparent)', 'Use a colour that is known'],
    ['color: rgb(from var(--text) r g b / 10%)', 'Use a colour that is known'],
    ['color: rgb(0 0 0 / var(--x)); background: #fff', 'Use a colour that is known'],
    ['color: var(--mine)', 'var(--mine) is no colour of text'],
    ['color: var(--ground)', 'var(--ground) is no colour of text'],
    ['color: CanvasText', 'Use a colour that is known'],
    ['background: var(--mine)', 'var(--mine) is no colour to write on'],
    ['background: var(--accent)', 'Set color: var(--ground)'],
    ['color: #fff; background: var(--accent)', 'Set color: var(--ground)'],
    ['color: var(--text); background: #fff', 'Set color next to background-color'],
    ['color: #fff; background: var(--card) url("x.webp")', 'Use a colour that is known'],
  ])('is refused: %s', (rule, message) => {
    expect(findUnreadableRules(`.a { ${rule} }`)).toEqual([
      { line: 1, message: expect.stringContaining(message) },
    ]);
  });

  it('is judged in each frame of an animation, in media queries and of important rules, with its line', () => {
    const css = `@media (width > 1px) {\n  .a {\n    line-height: 1;\n    color: #777 !important; background: #888\n  }\n}
@keyframes x {\n  from { opacity: 0 }\n  to { color: #000 }\n}\n.b { color: #000; background: #fff }`;
    expect(findUnreadableRules(css).map(({ line }) => line)).toEqual([4, 9]);
  });

  it('never throws, whatever passes the other checks', () => {
    const piece = fc.constantFrom(
      ...'color: background: background-image: linear-gradient( color-mix(in oklab, rgb( var(--x) #fff red currentColor none / 50% , ) ; !important light-dark('.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const css = `.a { ${pieces.join(' ')} }`;
        const isValid = scopeCss(css, () => false).faults.length === 0;
        expect(isValid ? findUnreadableRules(css) : []).toBeInstanceOf(Array);
      }),
      { numRuns: 500 },
    );
  });
});
