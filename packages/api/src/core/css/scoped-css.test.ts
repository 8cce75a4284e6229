import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scopeCss } from './scoped-css.ts';

const OWN = 'https://files.example/f/';
const scope = (css: string) => scopeCss(css, (url) => url.startsWith(OWN));
const faultsOf = (css: string) => scope(css).faults;
const scoped = (css: string): string => {
  const { css: result, faults } = scope(css);
  expect(faults).toEqual([]);
  return result;
};

describe('custom CSS', () => {
  it('applies to what is inside of the page only', () => {
    expect(scoped('.button, main > h1:hover { letter-spacing: 1px }')).toBe(
      '.page .button,.page main>h1:hover{letter-spacing:1px}',
    );
    expect(scoped(':root { line-height: 2 } body .name { line-height: 3 }')).toBe(
      '.page{line-height:2}.page .name{line-height:3}',
    );
    expect(scoped('@media (min-width: 40rem) { footer { line-height: 2 } }')).toContain('.page footer{');
    for (const selector of ['body ~ footer', ':not(.page)', ':is(html) footer', '* + footer', ':root + *'])
      expect(scoped(`${selector} { line-height: 2 }`)).toMatch(/^\.page(?:[ ~+>]|$)/);
  });

  it('may move and load what is uploaded here', () => {
    const css = scoped(
      `@keyframes turn { to { rotate: 1turn } }\n.face { animation: turn 9s; background-image: url("${OWN}a.webp") }`,
    );
    expect(css).toContain(`url(${OWN}a.webp)`);
    expect(css).toContain('@keyframes turn');
  });

  it.each([
    ['@import "https://evil.example/x.css";', 1],
    ['\n@font-face { font-family: x; src: url("https://evil.example/x") }', 2],
    ['.a { line-height: 1 }\n\n.b { background: url("https://evil.example/x.png") }', 3],
    ['.a {\n  background: url(https://evil.example/x.png)\n}', 2],
    [`.a { background: image-set("https://evil.example/x.png" 1x) }`, 1],
    ['.a { --x: url("https://evil.example/x.png") }', 1],
    ['.a {\n  line-height: 1;\n  position: fixed\n}', 3],
    ['.a { position: sticky }', 1],
    ['.a { position: var(--p) }', 1],
    ['.a { .b { line-height: 1 } }', 1],
    ['.a { line-height: 1 } }\nfooter { display: none }', 1],
    ['.a { line-height: 1', 1],
    ['.a { content: "</style><script>" }', 1],
    [String.raw`.a { background: u\72l("x") }`, 1],
    ['.a { content: "\n" }', 1],
    ['.a { --text: #eeeeee }', 1],
    ['@keyframes x {\n  to { --text: #eeeeee; position: fixed } }', 2],
    ['.a {\n  -webkit-text-fill-color: red }', 2],
    ['@layer x; .a { line-height: 1 }', 1],
    ['@namespace x "y";', 1],
    ['@property --x { syntax: "*"; inherits: false }', 1],
    ['.a { colour red }', 1],
  ])('is refused with its line: %s', (css, line) => {
    const { css: result, faults } = scope(css);
    expect([result, faults[0]?.line]).toEqual(['', line]);
  });

  it('is refused before the parser sees it if it is nested deeply', () => {
    for (const open of ['calc(', '(', '[', '{', '@media all{', ':not('])
      expect(faultsOf(`.a { width: ${open.repeat(5_000)}`)).toEqual([
        { line: 1, message: 'Nest at most 6 brackets' },
      ]);
  });

  it('never throws, ends soon and never leaves the page, whatever it is', () => {
    const piece = fc.constantFrom(
      ...'{ } ( ) [ ] " \' /* */ ; : & @media :not( :has( url( calc(1px* .a footer color: , ~ +'.split(' '),
      ' ',
      '\n',
      'red',
      'position:fixed',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => {
        const { css, faults } = scope(pieces.join(''));
        if (faults.length > 0) expect(css).toBe('');
        expect(css).not.toMatch(/<\/|@import|position:fixed/);
      }),
      { numRuns: 500 },
    );
  });
});
