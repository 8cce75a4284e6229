/** `#rrggbb` */
export type Hex = string;

export const parseChannels = (color: Hex): number[] =>
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

/** WCAG 2 level AA, normal text. */
export const MIN_TEXT_CONTRAST = 4.5;
