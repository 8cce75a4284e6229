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
    expect(renderFontUse('lora', '/links').style).toContain('src:url(/links/assets/fonts/lora.latin.');
    expect(renderFontUse('system', '/links')).toEqual({ style: '', head: [], sources: [] });
  });
});
