import type { PublicPage } from '@linkgrove/api';
import type { Hex } from '../color.ts';
import type { Font } from '../fonts.ts';

type Theme = PublicPage['theme'];
type Chosen<Member extends keyof Theme> = NonNullable<Theme[Member]>;

export type Background = Chosen<'background'>;
export type ButtonShape = Chosen<'buttonShape'>;
export type ButtonStyle = Chosen<'buttonStyle'>;
export type ButtonHover = Chosen<'buttonHover'>;
export type AvatarShape = Chosen<'avatarShape'>;
export type AvatarSize = Chosen<'avatarSize'>;
export type HeaderLayout = Chosen<'headerLayout'>;
export type Entrance = Chosen<'entrance'>;

export type Palette = {
  background: Background;
  text: Hex;
  accent: Hex;
  button: Hex;
  buttonText: Hex;
  edge: Hex;
  /** Behind blocks with text; derived from the background if there is none. */
  card?: Hex;
};
type Palettes = { light: Palette; dark?: Palette } | { light?: undefined; dark: Palette };

export type Preset = Palettes & {
  font: Font;
  shape: ButtonShape;
  style: ButtonStyle;
  shadow: string;
  border: number;
  hover: ButtonHover;
  avatar: AvatarShape;
  avatarSize: AvatarSize;
  header: HeaderLayout;
  /** Rules that only this preset has. */
  finish: string;
};

export const createSolid = (color: Hex): Background => ({ type: 'solid', color });
export const createGradient = (from: Hex, to: Hex, angle: number): Background => ({
  type: 'gradient',
  from,
  to,
  angle,
});
export const createPattern = (
  name: Extract<Background, { type: 'pattern' }>['pattern'],
  color: Hex,
  ink: Hex,
): Background => ({ type: 'pattern', pattern: name, color, ink });

export const NO_SHADOW = '0 0 #0000';

/** The values that most presets share. */
export const PLAIN = {
  shadow: NO_SHADOW,
  border: 0,
  hover: 'lift',
  avatar: 'circle',
  avatarSize: 'medium',
  header: 'classic',
  finish: '',
} as const satisfies Partial<Preset>;
