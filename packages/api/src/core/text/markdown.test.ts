import { describe, expect, it } from 'vitest';
import { renderMarkdown } from './markdown.ts';

describe('renderMarkdown', () => {
  it.each([
    ['## Starters', '<h3 dir="auto">Starters</h3>'],
    ['### Soups', '<h4 dir="auto">Soups</h4>'],
    ['> A quote', '<blockquote dir="auto">'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', '<div class="scroll" tabindex="0"><table>'],
    ['See https://example.com/a?b=1.', '<a href="https://example.com/a?b=1" rel="nofollow ugc noopener">'],
    ['read.me and ada@example.com', '<p dir="auto">read.me and ada@example.com</p>'],
    ['<b>no</b>', '&lt;b&gt;no&lt;/b&gt;'],
  ])('of %j contains %s', (text, html) => {
    expect(renderMarkdown(text)).toContain(html);
  });

  it('links no address that a link may not have', () => {
    expect(renderMarkdown('javascript:alert(1) data:text/html,x')).not.toContain('<a ');
  });
});
