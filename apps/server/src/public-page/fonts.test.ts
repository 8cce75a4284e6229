import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { measureFont, renderFontUse, WEB_FONT_NAMES } from './fonts.ts';

const GUIDE = readFileSync(new URL('../../../../docs/look.md', import.meta.url), 'utf8');

describe('a web font', () => {
  it.each(WEB_FONT_NAMES)('%s has the size that the guide tells', (font) => {
    const [, size] = new RegExp(`\\| \`${font}\` +\\| ([\\d.]+) kB \\|`).exec(GUIDE) ?? [];
    expect(size).toBe((measureFont(font) / 1_000).toFixed(1));
  });

  it('is addressed below the path of the server', () => {
    const use = { root: '/links', text: 'Ada' };
    expect(renderFontUse('lora', use).style).toContain('src:url(/links/assets/fonts/lora.latin.');
    expect(renderFontUse('system', use)).toEqual({ style: '', head: [], sources: [] });
  });

  it('has a second file for pages with other Latin letters', () => {
    const countFaces = (text: string) =>
      renderFontUse('lora', { root: '', text }).style.match(/@font-face/g)?.length;
    expect(['Ada £5 … café', 'مخبز', '橘ひなた', '🍀'].map(countFaces)).toEqual([1, 1, 1, 1]);
    expect(['Łódź', 'İstanbul', 'Dvořák', '₺5'].map(countFaces)).toEqual([2, 2, 2, 2]);
  });
});
