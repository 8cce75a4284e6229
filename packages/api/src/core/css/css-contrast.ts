import type { CssColor, Declaration } from 'lightningcss';
import { computeContrast, type Hex, MIN_TEXT_CONTRAST } from './contrast.ts';

const toHex = (color: CssColor): Hex | undefined =>
  typeof color === 'object' && color.type === 'rgb' && color.alpha === 1
    ? `#${[color.r, color.g, color.b].map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
    : undefined;

/** Undefined if there is none, null if it is not one plain colour. */
function findColor(declarations: Declaration[], property: 'color' | 'background'): Hex | null | undefined {
  const found = declarations.findLast((declaration) =>
    property === 'color'
      ? declaration.property === 'color'
      : declaration.property === 'background' || declaration.property === 'background-color',
  );
  if (found?.property === 'color' || found?.property === 'background-color')
    return toHex(found.value) ?? null;
  if (found?.property !== 'background') return undefined;
  const [layer, ...others] = found.value;
  if (layer === undefined || others.length > 0 || layer.image.type !== 'none') return null;
  return toHex(layer.color) ?? null;
}

const HINT = 'so that the contrast is known, or use the colours of the theme, such as var(--text)';

/** A colour without its counterpart could be unreadable on what is behind it, and in one scheme only. */
export function findContrastFault(declarations: Declaration[]): string | undefined {
  const [text, ground] = [findColor(declarations, 'color'), findColor(declarations, 'background')];
  if (typeof text === 'string' && ground === undefined) return `Set background-color next to color, ${HINT}`;
  if (typeof ground === 'string' && text === undefined) return `Set color next to background-color, ${HINT}`;
  if (typeof text !== 'string' || typeof ground !== 'string') return undefined;
  const contrast = computeContrast(text, ground);
  return contrast >= MIN_TEXT_CONTRAST
    ? undefined
    : `${text} on ${ground} has a contrast of ${contrast.toFixed(1)}; text needs ${MIN_TEXT_CONTRAST}`;
}
