import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { PublicPage } from '@linkgrove/api';
import { Html, html as markup } from '../html.ts';

export type Font = NonNullable<PublicPage['theme']['font']>;

const SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif';
const SERIF = '"Iowan Old Style","Palatino Linotype",Palatino,"URW Palladio L",P052,Georgia,serif';
const ROUNDED =
  'ui-rounded,"SF Pro Rounded","Hiragino Maru Gothic ProN",Quicksand,Comfortaa,Nunito,Manjari,Calibri,system-ui,sans-serif';
const MONO = 'ui-monospace,"Cascadia Code","SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace';

/** Letters that a web font lacks, such as Arabic and Chinese ones, are shown in a font of the system. */
type WebFont = { family: string; weights: string; fallback: string };

const WEB_FONTS = {
  inter: { family: 'Inter', weights: '100 900', fallback: SANS },
  figtree: { family: 'Figtree', weights: '300 900', fallback: SANS },
  'space-grotesk': { family: 'Space Grotesk', weights: '300 700', fallback: SANS },
  'bricolage-grotesque': { family: 'Bricolage Grotesque', weights: '200 800', fallback: SANS },
  archivo: { family: 'Archivo', weights: '100 900', fallback: SANS },
  nunito: { family: 'Nunito', weights: '200 1000', fallback: ROUNDED },
  fraunces: { family: 'Fraunces', weights: '100 900', fallback: SERIF },
  'playfair-display': { family: 'Playfair Display', weights: '400 900', fallback: SERIF },
  lora: { family: 'Lora', weights: '400 700', fallback: SERIF },
  'jetbrains-mono': { family: 'JetBrains Mono', weights: '100 800', fallback: MONO },
  caveat: { family: 'Caveat', weights: '400 700', fallback: 'cursive' },
} satisfies Partial<Record<Font, WebFont>>;
type WebFontName = keyof typeof WEB_FONTS;

const SYSTEM_STACKS: Record<Exclude<Font, WebFontName>, string> = {
  system: SANS,
  serif: SERIF,
  rounded: ROUNDED,
  humanist: 'Seravek,"Gill Sans Nova",Ubuntu,Calibri,"DejaVu Sans",source-sans-pro,sans-serif',
  slab: 'Rockwell,"Rockwell Nova","Roboto Slab","DejaVu Serif","Sitka Small",serif',
  mono: MONO,
};

const isWebFont = (font: string): font is WebFontName => Object.hasOwn(WEB_FONTS, font);

export const WEB_FONT_NAMES = Object.keys(WEB_FONTS).filter(isWebFont);

export const getFontStack = (font: Font): string =>
  isWebFont(font) ? `"${WEB_FONTS[font].family}",${WEB_FONTS[font].fallback}` : SYSTEM_STACKS[font];

/** As Google Fonts cuts them. Only a page that has letters of the second one refers to it. */
const SUBSETS = {
  latin:
    'U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD',
  'latin-ext':
    'U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF',
};
type Subset = keyof typeof SUBSETS;

const toClass = (ranges: string): string =>
  `[${ranges.replaceAll(/U\+(\w+)(?:-(\w+))?,?/g, (_, from: string, to: string | undefined) =>
    to === undefined ? `\\u${from}` : `\\u${from}-\\u${to}`,
  )}]`;
const OTHER_LATIN = new RegExp(`(?!${toClass(SUBSETS.latin)})${toClass(SUBSETS['latin-ext'])}`);

const isSubset = (name: string): name is Subset => Object.hasOwn(SUBSETS, name);

export type FontFile = { name: string; content: Buffer };

const { resolve } = createRequire(import.meta.url);
const files = new Map<string, FontFile>();

/** Read once, when a page first needs it. */
function loadFontFile(font: WebFontName, subset: Subset): FontFile {
  const key = `${font}.${subset}`;
  const known = files.get(key);
  if (known) return known;
  const content = readFileSync(
    resolve(`@fontsource-variable/${font}/files/${font}-${subset}-wght-normal.woff2`),
  );
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const file = { name: `${key}.${hash}.woff2`, content };
  files.set(key, file);
  return file;
}

export const FONTS_PATH = '/assets/fonts';

/** Undefined if there is no such file, or if its content is another one by now. */
export function findFontFile(name: string): FontFile | undefined {
  const [font = '', subset = ''] = name.split('.', 2);
  if (!isWebFont(font) || !isSubset(subset)) return undefined;
  const file = loadFontFile(font, subset);
  return file.name === name ? file : undefined;
}

/** In bytes: the part that every visitor loads who has not seen the font. */
export const measureFont = (font: Font): number =>
  isWebFont(font) ? loadFontFile(font, 'latin').content.length : 0;

export type FontUse = { style: string; head: Html[]; sources: string[] };

type FontUseOptions = {
  /** The path under which visitors reach this server. */
  root: string;
  /** All that is written in the font. */
  text: string;
};

export function renderFontUse(font: Font, { root, text }: FontUseOptions): FontUse {
  if (!isWebFont(font)) return { style: '', head: [], sources: [] };
  const { family, weights } = WEB_FONTS[font];
  const buildUrl = (subset: Subset): string => `${root}${FONTS_PATH}/${loadFontFile(font, subset).name}`;
  const renderFace = (subset: Subset, range: string): string =>
    `@font-face{font-family:"${family}";font-weight:${weights};font-display:swap;src:url(${buildUrl(subset)}) format("woff2")${range}}`;
  const renderPart = (subset: Subset): string => renderFace(subset, `;unicode-range:${SUBSETS[subset]}`);
  const isWide = OTHER_LATIN.test(text);
  return {
    style: isWide ? [renderPart('latin'), renderPart('latin-ext')].join('\n') : renderFace('latin', ''),
    head: [markup`<link rel="preload" href="${buildUrl('latin')}" as="font" type="font/woff2" crossorigin>`],
    sources: ["'self'"],
  };
}
