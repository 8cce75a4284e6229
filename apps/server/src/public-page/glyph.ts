import { GLYPHS } from '../assets/glyphs.ts';
import { Html } from '../html.ts';

export type GlyphName = keyof typeof GLYPHS;

/** Hidden from screen readers, as a text next to it has the same meaning. */
export const renderGlyph = (name: GlyphName): Html => {
  const [size, outline] = GLYPHS[name];
  return new Html(`<svg viewBox="0 0 ${size} ${size}" aria-hidden="true"><path d="${outline}"/></svg>`);
};
