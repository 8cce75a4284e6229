import type { CssColor } from 'lightningcss';
import { loadCssParser } from './css-parser.ts';
import { computeContrast, type Hex } from './contrast.ts';

/** Channels from 0 to 255, and the share from 0 to 1 that covers what is behind. */
export type Rgba = { r: number; g: number; b: number; alpha: number };
export type Scheme = 'light' | 'dark';

/** Knows no colour space but sRGB. */
const OLD_BROWSER = { chrome: 60 << 16 };

/** The colour that the parser writes for browsers without the colour space of `color`. */
function findFallback(color: CssColor): Rgba | undefined {
  const { transformStyleAttribute } = loadCssParser();
  const options = { filename: 'color.css', code: Buffer.from('color:red') };
  const { code } = transformStyleAttribute({
    ...options,
    targets: OLD_BROWSER,
    visitor: { Color: () => color },
  });
  const found: Rgba[] = [];
  transformStyleAttribute({
    ...options,
    code,
    visitor: {
      Color: (written) => {
        if (typeof written === 'object' && written.type === 'rgb') found.push(written);
      },
    },
  });
  return found[0];
}

/** As it looks in a colour scheme. `currentcolor` is what it inherits; undefined if only the browser knows it. */
export function resolveColor(color: CssColor, scheme: Scheme): Rgba | 'currentcolor' | undefined {
  if (typeof color === 'string') return undefined;
  if (color.type === 'currentcolor') return 'currentcolor';
  if (color.type === 'light-dark') return resolveColor(color[scheme], scheme);
  return color.type === 'rgb' ? color : findFallback(color);
}

const toHex = ({ r, g, b }: Rgba): Hex =>
  `#${[r, g, b].map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;

export const describeColor = (color: Rgba): string =>
  color.alpha === 1 ? toHex(color) : `${toHex(color)} at ${Math.round(color.alpha * 100)} %`;

const mix = (top: Rgba, below: Rgba, share: number): Rgba => ({
  r: top.r * share + below.r * (1 - share),
  g: top.g * share + below.g * (1 - share),
  b: top.b * share + below.b * (1 - share),
  alpha: 1,
});

/** `top` in front of an opaque colour. */
export const mixColorOver = (top: Rgba, below: Rgba): Rgba => mix(top, below, top.alpha);

const GRAYS = [0, 128, 255].map((level): Rgba => ({ r: level, g: level, b: level, alpha: 1 }));
const BLACK = '#000000';

/** Behind a translucent colour may be anything from black to white. */
const listSeen = (ground: Rgba): Rgba[] =>
  ground.alpha === 1 ? [ground] : GRAYS.map((gray) => mixColorOver(ground, gray));

const STEPS = [0.25, 0.5, 0.75];

/** With colours between neighbours, which can be darker than both. */
const listBetween = (grounds: Rgba[]): Rgba[] =>
  grounds.flatMap((ground, index) => {
    const next = grounds[index + 1];
    return next === undefined ? [ground] : [ground, ...STEPS.map((step) => mix(next, ground, step))];
  });

/** Returns the lowest contrast anywhere of text on a gradient through `grounds`, or on one colour. */
export function computeTextContrast(text: Rgba, grounds: Rgba[]): number {
  const pairs = listBetween(grounds.flatMap(listSeen)).map(
    (ground) => [toHex(mixColorOver(text, ground)), toHex(ground)] as const,
  );
  const isLighter = pairs.map(
    ([ink, ground]) => computeContrast(ink, BLACK) > computeContrast(ground, BLACK),
  );
  // Darker than one place and lighter than another: in between, the text cannot be seen.
  return new Set(isLighter).size > 1 ? 1 : Math.min(...pairs.map((pair) => computeContrast(...pair)));
}
