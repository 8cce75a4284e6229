import { type Hex, isDarkColor, limitGradient, mixColors } from './color.ts';
import type { Background } from './presets/palette.ts';

type PatternName = Extract<Background, { type: 'pattern' }>['pattern'];

/** As values of `background`, without the colour below. */
const PATTERNS: Record<PatternName, (ink: Hex) => string> = {
  dots: (ink) => `radial-gradient(${ink} 2px,#0000 2.5px) 0 0/22px 22px`,
  grid: (ink) =>
    `linear-gradient(${ink} 1px,#0000 1px) 0 0/28px 28px,linear-gradient(90deg,${ink} 1px,#0000 1px) 0 0/28px 28px`,
  stripes: (ink) => `repeating-linear-gradient(135deg,${ink} 0 12px,#0000 12px 24px)`,
  checks: (ink) => `repeating-conic-gradient(${ink} 0 25%,#0000 0 50%) 0 0/44px 44px`,
  waves: (ink) => `radial-gradient(circle at 50% 100%,#0000 14px,${ink} 15px 17px,#0000 18px) 0 0/36px 18px`,
  rays: (ink) => `repeating-conic-gradient(from 0deg at 50% 12rem,${ink} 0 6deg,#0000 0 12deg)`,
};

/** The ground below text: `grounds` are all colours that can be below a letter, `middle` is the one to mix with. */
export type Surface = { css: string; middle: Hex; grounds: Hex[]; scrim?: string };

type Scrimmed = Extract<Background, { type: 'picture' | 'video' }>;

const SCRIMS = { dark: '#000000', light: '#ffffff' } as const;
const MIDDLE_GRAY = '#808080';

/** Whatever the picture shows, what is seen lies between these two. */
function resolveScrim({ scrim, strength }: Scrimmed): Surface {
  const behind = (color: Hex): Hex => mixColors(SCRIMS[scrim], color, strength / 100);
  const channel = scrim === 'dark' ? 0 : 255;
  return {
    css: '#0000',
    scrim: `rgb(${channel} ${channel} ${channel}/${strength}%)`,
    middle: behind(MIDDLE_GRAY),
    grounds: [behind('#000000'), behind('#ffffff'), behind(MIDDLE_GRAY)],
  };
}

export function resolveSurface(background: Background): Surface {
  if (background.type === 'picture' || background.type === 'video') return resolveScrim(background);
  if (background.type === 'solid') {
    const { color } = background;
    return { css: color, middle: color, grounds: [color] };
  }
  if (background.type === 'pattern') {
    const { pattern, color } = background;
    const ink = limitGradient(color, background.ink);
    return {
      css: `${PATTERNS[pattern](ink)},${color}`,
      middle: color,
      grounds: [color, ink, mixColors(color, ink, 0.5)],
    };
  }
  const { from, angle } = background;
  const to = limitGradient(from, background.to);
  const middle = mixColors(from, to, 0.5);
  return { css: `linear-gradient(${angle}deg,${from},${to})`, middle, grounds: [from, to, middle] };
}

export function isDarkBackground(background: Background): boolean {
  if (background.type === 'picture' || background.type === 'video') return background.scrim === 'dark';
  return isDarkColor(background.type === 'gradient' ? background.from : background.color);
}
