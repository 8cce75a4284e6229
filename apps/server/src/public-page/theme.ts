import type { PublicPage } from '@linkgrove/api';
import { type Hex, isDarkColor, makeReadable, mixColors } from './color.ts';
import { BUTTON_RADII, renderFinish } from './finish.ts';
import { type Font, getFontStack } from './fonts.ts';
import { PRESET_LOOKS } from './presets/index.ts';
import { type ButtonStyle, type HeaderLayout, NO_SHADOW, type Preset } from './presets/palette.ts';
import { isDarkBackground, resolveSurface } from './surface.ts';

type Theme = PublicPage['theme'];
type Scheme = 'light' | 'dark';

function listSchemes({ preset, colorScheme, background }: Theme): Scheme[] {
  const { light, dark } = PRESET_LOOKS[preset];
  if (background) return [isDarkBackground(background) ? 'dark' : 'light'];
  const offered: Scheme[] = [...(light ? (['light'] as const) : []), ...(dark ? (['dark'] as const) : [])];
  const chosen = offered.filter((scheme) => colorScheme === 'auto' || scheme === colorScheme);
  return chosen.length > 0 ? chosen : offered;
}

/** These show no colour of their own. */
const isBare = (style: ButtonStyle): boolean => style === 'outline' || style === 'line';

/** A chosen colour fills a bare button unless its style was chosen too. */
const findButtonStyle = ({ buttonStyle, colors }: Theme, preset: Preset): ButtonStyle =>
  buttonStyle ?? (isBare(preset.style) && colors.button !== null ? 'filled' : preset.style);

const findBorder = (style: ButtonStyle, { border }: Preset): number =>
  ({
    filled: border,
    soft: border,
    outline: Math.max(border, 1.5),
    shadow: 0,
    'hard-shadow': Math.max(border, 2),
    line: 1,
  })[style];

const findShadow = (style: ButtonStyle, preset: Preset): string => {
  if (style === 'hard-shadow') return '4px 4px 0 var(--edge)';
  if (style === 'shadow') return '0 10px 26px -8px color-mix(in srgb,var(--text) 35%,#0000)';
  return style === 'filled' && preset.style === 'filled' ? preset.shadow : NO_SHADOW;
};

function computeColors(theme: Theme, preset: Preset, scheme: Scheme) {
  const palette = preset[scheme] ?? preset.light ?? preset.dark;
  const { colors } = theme;
  const style = findButtonStyle(theme, preset);
  const { css, middle, grounds, scrim } = resolveSurface(theme.background ?? palette.background);
  const text = makeReadable(colors.text ?? palette.text, grounds);
  const accent = colors.accent ?? palette.accent;
  const chosenButton = colors.button ?? palette.button;
  // A bare button shows the background; a soft button is the background with a hint of its own colour.
  const button = isBare(style)
    ? middle
    : style === 'soft'
      ? mixColors(chosenButton, middle, 0.16)
      : chosenButton;
  const buttonGrounds = isBare(style) ? grounds : [button];
  const keepsStyle = style === preset.style;
  const wantedText = colors.buttonText ?? (keepsStyle || !isBare(style) ? palette.buttonText : text);
  const onButton = makeReadable(style === 'soft' ? (colors.buttonText ?? text) : wantedText, buttonGrounds);
  const derivedCard = mixColors('#ffffff', middle, isDarkColor(middle) ? 0.07 : 0.6);
  const card = theme.background === null ? (palette.card ?? derivedCard) : derivedCard;
  const isCustomized =
    colors.button !== null || theme.background !== null || (isBare(style) && colors.text !== null);
  // Thick borders are boxes, which must stay visible on any background.
  const isBoxed = isBare(style) || findBorder(style, preset) >= 2;
  const edge = keepsStyle && !isCustomized ? palette.edge : isBoxed ? text : mixColors(text, button, 0.14);
  return {
    '--bg': css,
    '--ground': middle,
    ...(scrim !== undefined && { '--scrim': scrim }),
    '--text': text,
    '--muted': makeReadable(mixColors(text, middle, 0.72), grounds),
    '--accent': makeReadable(accent, grounds),
    '--button': isBare(style) ? 'transparent' : button,
    '--invert': button,
    '--on-button': onButton,
    '--sub': makeReadable(mixColors(onButton, button, 0.72), buttonGrounds),
    '--card': card,
    '--on-card': makeReadable(text, [card]),
    '--link': makeReadable(accent, [card]),
    '--edge': edge,
  };
}

const renderDeclarations = (variables: Record<string, string>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}:${value}`)
    .join(';');

export type Look = {
  /** The variables, before all other rules. */
  css: string;
  /** Rules after those of the blocks. */
  finish: string;
  schemes: Scheme[];
  frame: { scheme: Scheme; color: Hex }[];
  font: Font;
  header: HeaderLayout;
  hasAvatar: boolean;
};

/** Contains no text from the owner: colours are hexadecimal, everything else is fixed. */
export function resolveLook(theme: Theme): Look {
  const preset = PRESET_LOOKS[theme.preset];
  const schemes = listSchemes(theme);
  const [first = 'light', second] = schemes;
  const shape = theme.buttonShape ?? preset.shape;
  const style = findButtonStyle(theme, preset);
  const avatar = theme.avatarShape ?? preset.avatar;
  const font = theme.font ?? preset.font;
  const schemeless = {
    '--font': getFontStack(font),
    '--radius': BUTTON_RADII[shape],
    // A pill shape only suits blocks of one line.
    '--corner': shape === 'pill' ? '22px' : BUTTON_RADII[shape],
    '--border': `${findBorder(style, preset)}px`,
    '--shadow': findShadow(style, preset),
  };
  const colorsOf = (scheme: Scheme) => computeColors(theme, preset, scheme);
  const secondCss = second
    ? `@media(prefers-color-scheme:${second}){:root{${renderDeclarations(colorsOf(second))}}}`
    : '';
  const finish = renderFinish({
    style,
    hover: theme.buttonHover ?? preset.hover,
    avatar,
    avatarSize: theme.avatarSize ?? preset.avatarSize,
    entrance: theme.entrance ?? 'none',
  });
  return {
    css: `:root{color-scheme:${schemes.join(' ')};${renderDeclarations({ ...schemeless, ...colorsOf(first) })}}${secondCss}`,
    finish: preset.finish + finish,
    schemes,
    frame: schemes.map((scheme) => ({ scheme, color: colorsOf(scheme)['--ground'] })),
    font,
    header: theme.headerLayout ?? preset.header,
    hasAvatar: avatar !== 'none',
  };
}

/** For pictures, which have one scheme and no style sheet. */
export function resolvePictureLook(theme: Theme) {
  const preset = PRESET_LOOKS[theme.preset];
  const [scheme = 'light'] = listSchemes(theme);
  const colors = computeColors(theme, preset, scheme);
  const palette = preset[scheme] ?? preset.light ?? preset.dark;
  const background = theme.background ?? palette.background;
  const { middle, grounds } = resolveSurface(background);
  const [from = middle, to = middle] = background.type === 'gradient' ? grounds : [middle, middle];
  return {
    font: theme.font ?? preset.font,
    colors: {
      from,
      to,
      angle: background.type === 'gradient' ? background.angle : 0,
      text: colors['--text'],
      muted: colors['--muted'],
      accent: colors['--accent'],
      onAccent: makeReadable(from, [colors['--accent']]),
    },
  };
}
