import type { PublicPage } from '@linkgrove/api';
import { type Hex, isDark, mix, readable, tame } from './color.ts';
import { FONTS, type Palette, PRESETS, type Preset, RADII } from './presets.ts';

type Theme = PublicPage['theme'];
type Scheme = 'light' | 'dark';
type Variables = Record<string, string>;

/** The schemes that a page is shown in. What its owner coloured the ground of has one: theirs. */
function schemesOf({ preset, colorScheme, background }: Theme): Scheme[] {
  const { light, dark } = PRESETS[preset];
  if (background)
    return [isDark(background.type === 'solid' ? background.color : background.from) ? 'dark' : 'light'];
  const offered: Scheme[] = [...(light ? (['light'] as const) : []), ...(dark ? (['dark'] as const) : [])];
  const chosen = offered.filter((scheme) => colorScheme === 'auto' || scheme === colorScheme);
  return chosen.length > 0 ? chosen : offered;
}

const backgroundOf = (chosen: NonNullable<Theme['background']>): Palette['background'] =>
  chosen.type === 'solid' ? { from: chosen.color, to: chosen.color, angle: 180 } : chosen;

/** The colours of a theme in one scheme, each moved as far as it takes to be read on what it stands on. */
function variablesOf(theme: Theme, preset: Preset, scheme: Scheme): Variables {
  const palette = (preset[scheme] ?? preset.light ?? preset.dark) as Palette;
  const { colors } = theme;
  const style = theme.buttonStyle ?? preset.style;
  const chosen = theme.background ? backgroundOf(theme.background) : palette.background;
  const { from, angle } = chosen;
  const to = tame(from, chosen.to);
  const grounds: Hex[] = [from, to, mix(from, to, 0.5)];
  const text = readable(colors.text ?? palette.text, grounds);
  const accent = colors.accent ?? palette.accent;
  const chosenButton = colors.button ?? palette.button;
  // An outlined button shows the ground through, a soft one a breath of its colour.
  const middle = mix(from, to, 0.5);
  const button =
    style === 'filled' ? chosenButton : style === 'soft' ? mix(chosenButton, middle, 0.16) : middle;
  const buttonGrounds = style === 'outline' ? grounds : [button];
  const wantedText = colors.buttonText ?? (style === 'filled' ? palette.buttonText : text);
  const card = mix('#ffffff', middle, isDark(middle) ? 0.07 : 0.6);
  const own = colors.button !== null || theme.background !== null;
  return {
    '--bg': from === to ? from : `linear-gradient(${angle}deg,${from},${to})`,
    '--ground': middle,
    '--text': text,
    '--muted': readable(mix(text, middle, 0.72), grounds),
    '--accent': readable(accent, grounds),
    '--button': style === 'outline' ? 'transparent' : button,
    '--on-button': readable(wantedText, buttonGrounds),
    '--sub': readable(mix(wantedText, button, 0.72), buttonGrounds),
    '--card': card,
    '--on-card': readable(text, [card]),
    '--link': readable(accent, [card]),
    '--edge': style === 'outline' ? text : own ? mix(text, button, 0.14) : palette.edge,
  };
}

const declare = (variables: Variables): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}:${value}`)
    .join(';');

/** What a browser is told of a theme: its variables, which schemes it has, and the colour of its frame. */
export type Look = { css: string; schemes: Scheme[]; frame: { scheme: Scheme; color: Hex }[] };

/** Works out the look of a theme. Nothing in it is the owner's text: colours are hexadecimal, the rest is ours. */
export function lookOf(theme: Theme): Look {
  const preset = PRESETS[theme.preset];
  const schemes = schemesOf(theme);
  const [first = 'light', second] = schemes;
  const shape = theme.buttonShape ?? preset.shape;
  const style = theme.buttonStyle ?? preset.style;
  const fixed: Variables = {
    '--font': FONTS[theme.font ?? preset.font],
    '--radius': RADII[shape],
    // A block of several lines would look like an egg as a pill.
    '--corner': shape === 'pill' ? '22px' : RADII[shape],
    '--border': `${style === 'outline' ? Math.max(preset.border, 1.5) : preset.border}px`,
    '--shadow': style === 'filled' ? preset.shadow : '0 0 #0000',
  };
  const byScheme = (scheme: Scheme) => variablesOf(theme, preset, scheme);
  const dark = second ? `@media(prefers-color-scheme:${second}){:root{${declare(byScheme(second))}}}` : '';
  return {
    css: `:root{color-scheme:${schemes.join(' ')};${declare({ ...fixed, ...byScheme(first) })}}${dark}`,
    schemes,
    frame: schemes.map((scheme) => ({ scheme, color: byScheme(scheme)['--ground'] as Hex })),
  };
}
