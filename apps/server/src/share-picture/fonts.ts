import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GlobalFonts } from '@napi-rs/canvas';
import { WEB_FONT_NAMES } from '../public-page/fonts.ts';

// Fonts come from packages, so that a picture looks the same on every machine. Each is split into files by the characters
// in it; only those that a text needs are loaded.

type Family = { package: string; name: string; ending: string };
const toFamily = (name: string): Family => ({
  package: `@fontsource-variable/${name}`,
  name,
  ending: 'wght-normal.woff2',
});

const BASE = toFamily('noto-sans');
// Skia paints nothing of the colours in its WOFF2 files.
const EMOJI: Family = {
  package: '@fontsource/noto-color-emoji',
  name: 'noto-color-emoji',
  ending: '400-normal.woff',
};
const OTHERS = ['noto-sans-arabic', 'noto-sans-hebrew', 'noto-sans-devanagari', 'noto-sans-thai'].map(
  toFamily,
);
const EAST_ASIAN = {
  ja: toFamily('noto-sans-jp'),
  zh: toFamily('noto-sans-sc'),
  ko: toFamily('noto-sans-kr'),
};

/** Chinese characters differ from one language to the next, so the font of the page's own comes first. */
function listFamilies(language: string, font: string): Family[] {
  const own = new Intl.Locale(language).language;
  const { ja, zh, ko } = EAST_ASIAN;
  const eastAsian = own === 'zh' ? [zh, ja, ko] : own === 'ko' ? [ko, ja, zh] : [ja, zh, ko];
  const chosen = WEB_FONT_NAMES.filter((name) => name === font).map(toFamily);
  return [...chosen, BASE, EMOJI, ...OTHERS, ...eastAsian];
}

type Subset = { path: string; ranges: [number, number][] };

const require = createRequire(import.meta.url);
const subsets = new Map<string, Subset[]>();

function parseRange(text: string): [number, number] {
  const [from = '', to = from] = text.trim().replace(/^U\+/i, '').split('-');
  return [Number.parseInt(from, 16), Number.parseInt(to, 16)];
}

function listSubsets({ package: packageName, name, ending }: Family): Subset[] {
  const known = subsets.get(name);
  if (known) return known;
  const folder = dirname(require.resolve(`${packageName}/package.json`));
  const ranges: Record<string, string> = JSON.parse(readFileSync(join(folder, 'unicode.json'), 'utf8'));
  const found = Object.entries(ranges).map(([subset, range]) => ({
    path: join(folder, 'files', `${name}-${subset.replaceAll(/[[\]]/g, '')}-${ending}`),
    ranges: range.split(',').map(parseRange),
  }));
  subsets.set(name, found);
  return found;
}

const hasCharacter = ({ ranges }: Subset, character: number): boolean =>
  ranges.some(([from, to]) => from <= character && character <= to);

const registered = new Map<string, string>();
function registerFont(path: string): string {
  const known = registered.get(path);
  if (known !== undefined) return known;
  const alias = `font${registered.size}`;
  GlobalFonts.registerFromPath(path, alias);
  registered.set(path, alias);
  return alias;
}

/** Names of the fonts that have the characters of the text, in the order in which they are to be tried. */
export function loadFonts(text: string, { language, font }: { language: string; font: string }): string[] {
  let missing = new Set([...text, '…'].map((character) => character.codePointAt(0) ?? 0));
  const names: string[] = [];
  for (const family of listFamilies(language, font)) {
    if (missing.size === 0) break;
    for (const subset of listSubsets(family)) {
      const covered = [...missing].filter((character) => hasCharacter(subset, character));
      if (covered.length === 0) continue;
      names.push(registerFont(subset.path));
      missing = missing.difference(new Set(covered));
    }
  }
  return names;
}
