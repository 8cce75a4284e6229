import type { PublicPage } from '@linkgrove/api';
import { type Hex, isDarkColor, mixColors, makeReadable, limitGradient } from './color.ts';
import { FONT_STACKS, type Palette, PRESET_LOOKS, type Preset, BUTTON_RADII } from './presets.ts';

type Theme = PublicPage['theme'];
type Scheme = 'light' | 'dark';

function listSchemes({ preset, colorScheme, background }: Theme): Scheme[] {
  const { light, dark } = PRESET_LOOKS[preset];
  if (background)
    return [isDarkColor(background.type === 'solid' ? background.color : background.from) ? 'dark' : 'light'];
  const offered: Scheme[] = [...(light ? (['light'] as const) : []), ...(dark ? (['dark'] as const) : [])];
  const chosen = offered.filter((scheme) => colorScheme === 'auto' || scheme === colorScheme);
  return chosen.length > 0 ? chosen : offered;
}

const toBackground = (chosen: NonNullable<Theme['background']>): Palette['background'] =>
  chosen.type === 'solid' ? { from: chosen.color, to: chosen.color, angle: 180 } : chosen;

/** An outline shows no colour of its own, so a chosen colour fills the button unless the outline was chosen too. */
const findButtonStyle = ({ buttonStyle, colors }: Theme, preset: Preset): Preset['style'] =>
  buttonStyle ?? (preset.style === 'outline' && colors.button !== null ? 'filled' : preset.style);

function computeColors(theme: Theme, preset: Preset, scheme: Scheme) {
  const palette = preset[scheme] ?? preset.light ?? preset.dark;
  const { colors } = theme;
  const style = findButtonStyle(theme, preset);
  const background = theme.background ? toBackground(theme.background) : palette.background;
  const { from, angle } = background;
  const to = limitGradient(from, background.to);
  const grounds: Hex[] = [from, to, mixColors(from, to, 0.5)];
  const text = makeReadable(colors.text ?? palette.text, grounds);
  const accent = colors.accent ?? palette.accent;
  const chosenButton = colors.button ?? palette.button;
  // An outline button shows the background; a soft button is the background with a hint of its own colour.
  const middle = mixColors(from, to, 0.5);
  const button =
    style === 'filled' ? chosenButton : style === 'soft' ? mixColors(chosenButton, middle, 0.16) : middle;
  const buttonGrounds = style === 'outline' ? grounds : [button];
  const wantedText = colors.buttonText ?? (style === 'filled' ? palette.buttonText : text);
  const card = mixColors('#ffffff', middle, isDarkColor(middle) ? 0.07 : 0.6);
  const isCustomized = colors.button !== null || theme.background !== null;
  // A preset with thick borders is made of boxes, which must stay visible on any background.
  const hasTextEdge = style === 'outline' || (isCustomized && preset.border >= 2);
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
    '--edge': hasTextEdge ? text : isCustomized ? mixColors(text, button, 0.14) : palette.edge,
  };
}

const renderDeclarations = (variables: Record<string, string>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}:${value}`)
    .join(';');

export type Look = { css: string; schemes: Scheme[]; frame: { scheme: Scheme; color: Hex }[] };

/** Contains no text from the owner: colours are hexadecimal, everything else is fixed. */
export function resolveLook(theme: Theme): Look {
  const preset = PRESET_LOOKS[theme.preset];
  const schemes = listSchemes(theme);
  const [first = 'light', second] = schemes;
  const shape = theme.buttonShape ?? preset.shape;
  const style = findButtonStyle(theme, preset);
  const schemeless = {
    '--font': FONT_STACKS[theme.font ?? preset.font],
    '--radius': BUTTON_RADII[shape],
    // A pill shape only suits blocks of one line.
    '--corner': shape === 'pill' ? '22px' : BUTTON_RADII[shape],
    '--border': `${style === 'outline' ? Math.max(preset.border, 1.5) : preset.border}px`,
    '--shadow': style === 'filled' ? preset.shadow : '0 0 #0000',
  };
  const colorsOf = (scheme: Scheme) => computeColors(theme, preset, scheme);
  const secondCss = second
    ? `@media(prefers-color-scheme:${second}){:root{${renderDeclarations(colorsOf(second))}}}`
    : '';
  return {
    css: `:root{color-scheme:${schemes.join(' ')};${renderDeclarations({ ...schemeless, ...colorsOf(first) })}}${secondCss}`,
    schemes,
    frame: schemes.map((scheme) => ({ scheme, color: colorsOf(scheme)['--ground'] })),
  };
}

/** For pictures, which have one scheme and no style sheet. */
export function resolvePictureColors(theme: Theme) {
  const preset = PRESET_LOOKS[theme.preset];
  const [scheme = 'light'] = listSchemes(theme);
  const colors = computeColors(theme, preset, scheme);
  const palette = preset[scheme] ?? preset.light ?? preset.dark;
  const { from, to, angle } = theme.background ? toBackground(theme.background) : palette.background;
  return {
    from,
    to: limitGradient(from, to),
    angle,
    text: colors['--text'],
    muted: colors['--muted'],
    accent: colors['--accent'],
    onAccent: makeReadable(from, [colors['--accent']]),
  };
}
