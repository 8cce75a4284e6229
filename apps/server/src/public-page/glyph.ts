import { GLYPHS } from '../assets/glyphs.ts';
import { Html } from '../html.ts';

export type GlyphName = keyof typeof GLYPHS;

/** A glyph as SVG, hidden from those who listen: what it stands for is said beside it. */
export const renderGlyph = (name: GlyphName): Html => {
  const [size, outline] = GLYPHS[name];
  return new Html(`<svg viewBox="0 0 ${size} ${size}" aria-hidden="true"><path d="${outline}"/></svg>`);
};
