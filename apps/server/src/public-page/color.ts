export type Hex = string;

const BLACK = '#000000';
const WHITE = '#ffffff';

const parseChannels = (color: Hex): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

/** Relative luminance of WCAG 2, from 0 (black) to 1 (white). */
function computeLuminance(color: Hex): number {
  const [r = 0, g = 0, b = 0] = parseChannels(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio of WCAG 2, from 1 to 21. */
export function computeContrast(one: Hex, other: Hex): number {
  const [dark = 0, light = 0] = [computeLuminance(one), computeLuminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Inside a gradient, contrast is never lower than at its ends. */
const computeLowestContrast = (color: Hex, grounds: Hex[]): number =>
  Math.min(...grounds.map((ground) => computeContrast(color, ground)));

export const isDarkColor = (color: Hex): boolean =>
  computeContrast(color, WHITE) > computeContrast(color, BLACK);

export const mixColors = (one: Hex, other: Hex, share: number): Hex => {
  const rest = parseChannels(other);
  const mixed = parseChannels(one).map((channel, index) =>
    Math.round(channel * share + (rest[index] ?? 0) * (1 - share)),
  );
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
};

const MIX_STEPS = 20;
/** WCAG 2 level AA, normal text. */
const MIN_TEXT_CONTRAST = 4.5;

/** Falls back to the better one of black and white if no colour is readable on all `grounds`. */
export function makeReadable(wanted: Hex, grounds: Hex[]): Hex {
  const best = computeLowestContrast(BLACK, grounds) >= computeLowestContrast(WHITE, grounds) ? BLACK : WHITE;
  for (let step = 0; step <= MIX_STEPS; step++) {
    const color = mixColors(best, wanted, step / MIX_STEPS);
    if (computeLowestContrast(color, grounds) >= MIN_TEXT_CONTRAST) return color;
  }
  return best;
}

/** Moves the end towards the start: no colour is readable on a gradient from black to white. */
export function limitGradient(from: Hex, to: Hex): Hex {
  for (let step = MIX_STEPS; step > 0; step--) {
    const end = mixColors(to, from, step / MIX_STEPS);
    const grounds = [from, mixColors(from, end, 0.5), end];
    if (
      Math.max(computeLowestContrast(BLACK, grounds), computeLowestContrast(WHITE, grounds)) >=
      MIN_TEXT_CONTRAST
    )
      return end;
  }
  return from;
}
