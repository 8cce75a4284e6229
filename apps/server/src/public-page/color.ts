/** A colour as `#rrggbb`. */
export type Hex = string;

const BLACK = '#000000';
const WHITE = '#ffffff';

const channels = (color: Hex): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

/** Relative luminance of WCAG 2, from 0 (black) to 1 (white). */
function luminance(color: Hex): number {
  const [r = 0, g = 0, b = 0] = channels(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio of WCAG 2 between two colours, from 1 to 21. */
export function computeContrast(one: Hex, other: Hex): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** The lowest contrast of a colour with any of several; between the ends of a gradient it is never lower. */
const worst = (color: Hex, grounds: Hex[]): number =>
  Math.min(...grounds.map((ground) => computeContrast(color, ground)));

/** Whether a colour is nearer to black than to white, as eyes see it. */
export const isDarkColor = (color: Hex): boolean =>
  computeContrast(color, WHITE) > computeContrast(color, BLACK);

/** `share` of one colour, the rest of another. */
export const mixColors = (one: Hex, other: Hex, share: number): Hex => {
  const rest = channels(other);
  const mixed = channels(one).map((channel, index) =>
    Math.round(channel * share + (rest[index] ?? 0) * (1 - share)),
  );
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
};

const STEPS = 20;

/**
 * The colour nearest to `wanted` that stands out from all `grounds` by `ratio`, moved towards black or white.
 * On grounds that no colour stands out from by so much, the better of black and white.
 */
export function makeReadable(wanted: Hex, grounds: Hex[], ratio = 4.5): Hex {
  const best = worst(BLACK, grounds) >= worst(WHITE, grounds) ? BLACK : WHITE;
  for (let step = 0; step <= STEPS; step++) {
    const color = mixColors(best, wanted, step / STEPS);
    if (worst(color, grounds) >= ratio) return color;
  }
  return best;
}

/**
 * The end of a gradient that begins at `from`, brought so near to it that one colour can be read on all of it.
 * Nothing could be on a gradient from black to white.
 */
export function tameColor(from: Hex, to: Hex): Hex {
  for (let step = STEPS; step > 0; step--) {
    const end = mixColors(to, from, step / STEPS);
    const grounds = [from, mixColors(from, end, 0.5), end];
    if (Math.max(worst(BLACK, grounds), worst(WHITE, grounds)) >= 4.5) return end;
  }
  return from;
}
