import { describe, expect, it } from 'vitest';
import { keepUsedRules } from './used-style.ts';

const HTML =
  '<main><ul class="blocks grid"><li id="b0"><a class="button with" href="/"><svg></svg></a></li></ul></main>';

describe('keepUsedRules', () => {
  it.each([
    '*{margin:0}',
    ':root{--a:1}',
    'html{color:red}',
    'body:has(.still :checked) .button{color:red}',
    '.button{color:red}',
    '.grid .with>svg,.grid .with>img{color:red}',
    '.blocks>li:nth-child(n+8){color:red}',
    '.blocks>li:not(:has(>.button,.card)){color:red}',
    '.button>:is(span,bdi){color:red}',
    'a[data-to]::after{content:attr(data-to)}',
    '#b0{grid-area:1/1}',
    '#t-0198c2d4{object-position:0 0}',
    '@font-face{font-family:"x"}',
    '@keyframes enter{from{opacity:0}}',
    '@media print{.button{color:red}}',
    '@media(min-width:48rem){#b0{grid-area:1/1}}',
  ])('keeps %s', (rule) => {
    expect(keepUsedRules(rule, HTML)).toBe(rule);
  });

  it.each([
    '.card{color:red}',
    '.with>img{color:red}',
    'form textarea{color:red}',
    '.card h2,.text h2{color:red}',
  ])('leaves out %s', (rule) => {
    expect(keepUsedRules(`.button{color:red}\n${rule}\n.with{color:red}`, HTML)).toBe(
      '.button{color:red}.with{color:red}',
    );
  });

  it('leaves out a part of a condition, and conditions without rules', () => {
    expect(keepUsedRules('@media print{.face{color:red}.button{color:red}}', HTML)).toBe(
      '@media print{.button{color:red}}',
    );
    expect(keepUsedRules('@media print{.face{color:red}}', HTML)).toBe('');
  });

  it.each([
    '@media print{@supports(display:grid){.button{color:red}}}',
    '@media print{@keyframes enter{from{opacity:0}}}',
    '@media print{.button{color:red}\n}',
    '.button{color:red;&:hover{color:blue}}',
    '.button::after{content:"}"}',
  ])('leaves as it is what it does not know, such as %s', (rule) => {
    const style = `.card{color:red}${rule}`;
    expect(keepUsedRules(style, HTML)).toBe(style);
  });
});
