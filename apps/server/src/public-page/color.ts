import { computeContrast, type Hex, MIN_TEXT_CONTRAST, parseChannels } from '@linkgrove/api';

export { computeContrast, type Hex } from '@linkgrove/api';

const BLACK = '#000000';
const WHITE = '#ffffff';

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
