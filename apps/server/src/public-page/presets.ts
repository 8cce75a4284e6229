import type { PublicPage } from '@linkgrove/api';
import type { Hex } from './color.ts';

type Theme = PublicPage['theme'];
type Font = NonNullable<Theme['font']>;
type ButtonShape = NonNullable<Theme['buttonShape']>;
type ButtonStyle = NonNullable<Theme['buttonStyle']>;

type Background = { from: Hex; to: Hex; angle: number };

export type Palette = {
  background: Background;
  text: Hex;
  accent: Hex;
  button: Hex;
  buttonText: Hex;
  edge: Hex;
};
type Palettes = { light: Palette; dark?: Palette } | { light?: undefined; dark: Palette };

export type Preset = Palettes & {
  font: Font;
  shape: ButtonShape;
  style: ButtonStyle;
  shadow: string;
  border: number;
};

const solid = (color: Hex): Background => ({ from: color, to: color, angle: 180 });

// Fonts that operating systems already have, so that a page loads none.
export const FONT_STACKS: Record<Font, string> = {
  system: 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif',
  serif: '"Iowan Old Style","Palatino Linotype",Palatino,"URW Palladio L",P052,Georgia,serif',
  rounded:
    'ui-rounded,"SF Pro Rounded","Hiragino Maru Gothic ProN",Quicksand,Comfortaa,Nunito,Manjari,Calibri,system-ui,sans-serif',
  humanist: 'Seravek,"Gill Sans Nova",Ubuntu,Calibri,"DejaVu Sans",source-sans-pro,sans-serif',
  slab: 'Rockwell,"Rockwell Nova","Roboto Slab","DejaVu Serif","Sitka Small",serif',
  mono: 'ui-monospace,"Cascadia Code","SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace',
};

export const BUTTON_RADII: Record<ButtonShape, string> = { square: '0px', rounded: '14px', pill: '32px' };

export const PRESET_LOOKS: Record<Theme['preset'], Preset> = {
  default: {
    light: {
      background: solid('#f5f4ef'),
      text: '#1c221e',
      accent: '#1a6a45',
      button: '#ffffff',
      buttonText: '#1c221e',
      edge: '#e2e0d6',
    },
    dark: {
      background: solid('#101412'),
      text: '#ecefeb',
      accent: '#7bd3a5',
      button: '#1b211e',
      buttonText: '#ecefeb',
      edge: '#2d3631',
    },
    font: 'system',
    shape: 'rounded',
    style: 'filled',
    shadow: '0 1px 2px #1c221e0d,0 4px 14px #1c221e0d',
    border: 1,
  },
  paper: {
    light: {
      background: solid('#faf4e8'),
      text: '#2b2318',
      accent: '#9a3a1c',
      button: '#faf4e8',
      buttonText: '#2b2318',
      edge: '#2b2318',
    },
    dark: {
      background: solid('#1c1813'),
      text: '#f0e6d5',
      accent: '#eda374',
      button: '#1c1813',
      buttonText: '#f0e6d5',
      edge: '#b5a78f',
    },
    font: 'serif',
    shape: 'square',
    style: 'outline',
    shadow: '0 0 #0000',
    border: 1,
  },
  midnight: {
    dark: {
      background: { from: '#0a0f24', to: '#24124a', angle: 165 },
      text: '#eef0ff',
      accent: '#a9b8ff',
      button: '#20244f',
      buttonText: '#f2f4ff',
      edge: '#4a4f8f',
    },
    font: 'system',
    shape: 'pill',
    style: 'filled',
    shadow: '0 8px 24px #05081a66',
    border: 1,
  },
  meadow: {
    light: {
      background: { from: '#eef6dc', to: '#c4e6d0', angle: 170 },
      text: '#14321f',
      accent: '#17623a',
      button: '#17512f',
      buttonText: '#f4fff1',
      edge: '#17512f',
    },
    dark: {
      background: { from: '#0d1f16', to: '#14382a', angle: 170 },
      text: '#e4f5e6',
      accent: '#a5e3b5',
      button: '#bfe8c8',
      buttonText: '#0e2a1a',
      edge: '#bfe8c8',
    },
    font: 'rounded',
    shape: 'pill',
    style: 'filled',
    shadow: '0 6px 18px #0d2a1a26',
    border: 0,
  },
  sunset: {
    light: {
      background: { from: '#ffe6c7', to: '#ffb4b4', angle: 160 },
      text: '#471327',
      accent: '#a11d46',
      button: '#fffaf5',
      buttonText: '#5a1730',
      edge: '#ffffff',
    },
    dark: {
      background: { from: '#2a1326', to: '#5b1f33', angle: 160 },
      text: '#ffeae0',
      accent: '#ffb59a',
      button: '#ffd9c4',
      buttonText: '#4a1530',
      edge: '#ffd9c4',
    },
    font: 'humanist',
    shape: 'rounded',
    style: 'filled',
    shadow: '0 8px 22px #8a1f3f2e',
    border: 0,
  },
  mono: {
    light: {
      background: solid('#ffffff'),
      text: '#000000',
      accent: '#000000',
      button: '#ffffff',
      buttonText: '#000000',
      edge: '#000000',
    },
    dark: {
      background: solid('#0a0a0a'),
      text: '#ffffff',
      accent: '#ffffff',
      button: '#0a0a0a',
      buttonText: '#ffffff',
      edge: '#ffffff',
    },
    font: 'mono',
    shape: 'square',
    style: 'filled',
    shadow: '4px 4px 0 var(--edge)',
    border: 2,
  },
};
