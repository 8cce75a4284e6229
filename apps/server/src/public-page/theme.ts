import type { PublicPage } from '@linkgrove/api';
import { type Hex, isDarkColor, mixColors, makeReadable, tameColor } from './color.ts';
import { FONT_STACKS, type Palette, PRESET_LOOKS, type Preset, BUTTON_RADII } from './presets.ts';

type Theme = PublicPage['theme'];
type Scheme = 'light' | 'dark';
type Variables = Record<string, string>;

/** The schemes that a page is shown in. What its owner coloured the ground of has one: theirs. */
function schemesOf({ preset, colorScheme, background }: Theme): Scheme[] {
  const { light, dark } = PRESET_LOOKS[preset];
  if (background)
    return [isDarkColor(background.type === 'solid' ? background.color : background.from) ? 'dark' : 'light'];
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
  const to = tameColor(from, chosen.to);
  const grounds: Hex[] = [from, to, mixColors(from, to, 0.5)];
  const text = makeReadable(colors.text ?? palette.text, grounds);
  const accent = colors.accent ?? palette.accent;
  const chosenButton = colors.button ?? palette.button;
  // An outlined button shows the ground through, a soft one a breath of its colour.
  const middle = mixColors(from, to, 0.5);
  const button =
    style === 'filled' ? chosenButton : style === 'soft' ? mixColors(chosenButton, middle, 0.16) : middle;
  const buttonGrounds = style === 'outline' ? grounds : [button];
  const wantedText = colors.buttonText ?? (style === 'filled' ? palette.buttonText : text);
  const card = mixColors('#ffffff', middle, isDarkColor(middle) ? 0.07 : 0.6);
  const own = colors.button !== null || theme.background !== null;
  return {
    '--bg': from === to ? from : `linear-gradient(${angle}deg,${from},${to})`,
    '--ground': middle,
    '--text': text,
    '--muted': makeReadable(mixColors(text, middle, 0.72), grounds),
    '--accent': makeReadable(accent, grounds),
    '--button': style === 'outline' ? 'transparent' : button,
    '--on-button': makeReadable(wantedText, buttonGrounds),
    '--sub': makeReadable(mixColors(wantedText, button, 0.72), buttonGrounds),
    '--card': card,
    '--on-card': makeReadable(text, [card]),
    '--link': makeReadable(accent, [card]),
    '--edge': style === 'outline' ? text : own ? mixColors(text, button, 0.14) : palette.edge,
  };
}

const declare = (variables: Variables): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}:${value}`)
    .join(';');

/** What a browser is told of a theme: its variables, which schemes it has, and the colour of its frame. */
export type Look = { css: string; schemes: Scheme[]; frame: { scheme: Scheme; color: Hex }[] };

/** Works out the look of a theme. Nothing in it is the owner's text: colours are hexadecimal, the rest is ours. */
export function resolveLook(theme: Theme): Look {
  const preset = PRESET_LOOKS[theme.preset];
  const schemes = schemesOf(theme);
  const [first = 'light', second] = schemes;
  const shape = theme.buttonShape ?? preset.shape;
  const style = theme.buttonStyle ?? preset.style;
  const fixed: Variables = {
    '--font': FONT_STACKS[theme.font ?? preset.font],
    '--radius': BUTTON_RADII[shape],
    // A block of several lines would look like an egg as a pill.
    '--corner': shape === 'pill' ? '22px' : BUTTON_RADII[shape],
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
