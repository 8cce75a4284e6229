import { createPattern, PLAIN, type Preset, createSolid } from './palette.ts';

const START = `:root{--align:start}
.face{margin-inline:0;box-shadow:none}
.bio{margin-inline:0}
.social{margin-inline-start:-.75rem}
.pinned{padding-inline:1.125rem 3rem}
.with{padding-inline-start:4.25rem}
footer ul{margin:0}
`;

/** Not of cards, which have colours of their own. */
const HEADING = ':is(li,section,summary)>h2';

/** Presets with a font of their own. */
export const LOUD_PRESETS = {
  editorial: {
    ...PLAIN,
    light: {
      background: createSolid('#f7f3ec'),
      text: '#1b1714',
      accent: '#8c2f1b',
      button: '#f7f3ec',
      buttonText: '#1b1714',
      edge: '#b9ad9c',
    },
    dark: {
      background: createSolid('#15120f'),
      text: '#f0e8dc',
      accent: '#e5a892',
      button: '#15120f',
      buttonText: '#f0e8dc',
      edge: '#574c42',
    },
    font: 'fraunces',
    shape: 'square',
    style: 'line',
    border: 1,
    hover: 'underline',
    avatar: 'arch',
    avatarSize: 'large',
    finish: `h1{font-size:clamp(2.25rem,9vw,3rem);font-weight:400;line-height:1.05;letter-spacing:-.025em}
${HEADING}{font-size:.8125rem;letter-spacing:.1em;text-transform:uppercase;color:var(--muted)}
.button{font-size:1.125rem;font-weight:500}
`,
  },
  gallery: {
    ...PLAIN,
    light: {
      background: createSolid('#f2f2f0'),
      text: '#161616',
      accent: '#161616',
      button: '#ffffff',
      buttonText: '#161616',
      edge: '#ffffff',
      card: '#ffffff',
    },
    dark: {
      background: createSolid('#0e0e0e'),
      text: '#f2f2f0',
      accent: '#f2f2f0',
      button: '#1c1c1c',
      buttonText: '#f2f2f0',
      edge: '#1c1c1c',
      card: '#1c1c1c',
    },
    font: 'inter',
    shape: 'square',
    style: 'filled',
    hover: 'invert',
    avatar: 'square',
    header: 'hero',
    finish: `${START}h1{font-weight:600;letter-spacing:-.035em}
${HEADING}{font-size:.875rem;font-weight:500;color:var(--muted)}
.button{font-weight:500;letter-spacing:-.01em}
.blocks{gap:.5rem}
`,
  },
  clay: {
    ...PLAIN,
    light: {
      background: createSolid('#f2e3d5'),
      text: '#3a1d12',
      accent: '#9c3d1a',
      button: '#a9492a',
      buttonText: '#fff6ee',
      edge: '#a9492a',
    },
    dark: {
      background: createSolid('#231511'),
      text: '#f7e7db',
      accent: '#f0a880',
      button: '#e39b74',
      buttonText: '#2b130a',
      edge: '#e39b74',
    },
    font: 'lora',
    shape: 'rounded',
    style: 'filled',
    hover: 'grow',
    avatar: 'arch',
    avatarSize: 'large',
    finish: `h1{font-size:2rem;font-weight:600}
`,
  },
  candy: {
    ...PLAIN,
    light: {
      background: createPattern('dots', '#ffe6f3', '#ffc9e4'),
      text: '#3d0a2e',
      accent: '#b3146d',
      button: '#ffffff',
      buttonText: '#3d0a2e',
      edge: '#3d0a2e',
    },
    dark: {
      background: createPattern('dots', '#290e23', '#43193a'),
      text: '#ffe3f3',
      accent: '#ff9ed2',
      button: '#ff9ed2',
      buttonText: '#33081f',
      edge: '#ffe3f3',
    },
    font: 'nunito',
    shape: 'pill',
    style: 'hard-shadow',
    border: 2,
    hover: 'press',
    avatarSize: 'large',
    finish: `h1{font-size:2rem;font-weight:900}
h2{font-weight:900}
.button{font-weight:800}
`,
  },
  poster: {
    ...PLAIN,
    light: {
      background: createSolid('#ff5c22'),
      text: '#160800',
      accent: '#160800',
      button: '#160800',
      buttonText: '#fff4ec',
      edge: '#160800',
      card: '#fff1e6',
    },
    dark: {
      background: createSolid('#120b08'),
      text: '#ff6e38',
      accent: '#ff6e38',
      button: '#ff6e38',
      buttonText: '#160800',
      edge: '#ff6e38',
    },
    font: 'archivo',
    shape: 'square',
    style: 'filled',
    hover: 'invert',
    avatar: 'square',
    avatarSize: 'large',
    finish: `${START}h1{font-size:clamp(2.5rem,13vw,4rem);font-weight:900;line-height:.95;letter-spacing:-.045em}
@media(min-width:64rem){main:has(>.grid) h1{font-size:2.75rem}}
h2{font-size:1.25rem;font-weight:900;letter-spacing:-.02em}
.button{font-weight:800}
.blocks{gap:.375rem}
`,
  },
  neon: {
    ...PLAIN,
    dark: {
      background: createPattern('grid', '#080b10', '#121922'),
      text: '#eef6e6',
      accent: '#c6ff3d',
      button: '#080b10',
      buttonText: '#c6ff3d',
      edge: '#c6ff3d',
    },
    font: 'space-grotesk',
    shape: 'square',
    style: 'outline',
    border: 1,
    hover: 'invert',
    avatar: 'rounded',
    finish: `h1{font-weight:700;letter-spacing:-.03em}
${HEADING}{font-size:.875rem;font-weight:500;letter-spacing:.04em;color:var(--accent)}
`,
  },
} satisfies Record<string, Preset>;
