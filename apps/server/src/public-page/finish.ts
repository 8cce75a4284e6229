import type {
  AvatarShape,
  AvatarSize,
  ButtonHover,
  ButtonShape,
  ButtonStyle,
  Entrance,
} from './presets/palette.ts';

// Rules for what an owner can choose besides colours. They follow the rules of the blocks.

export const BUTTON_RADII: Record<ButtonShape, string> = { square: '0px', rounded: '14px', pill: '32px' };

const move = (rules: string): string => `@media(prefers-reduced-motion:no-preference){${rules}}\n`;

const HOVERS: Record<ButtonHover, string> = {
  none: '',
  lift: move(
    '.button{transition:transform .15s ease}.button:hover{transform:translateY(-2px)}.button:active{transform:none}',
  ),
  grow: move(
    '.button{transition:transform .2s ease}.button:hover{transform:scale(1.02)}.button:active{transform:none}',
  ),
  press: `.button:hover{box-shadow:1px 1px 0 var(--edge)}\n${move(
    '.button{transition:transform .1s,box-shadow .1s}.button:hover{transform:translate(3px,3px)}',
  )}`,
  invert:
    '.button:hover{border-color:var(--on-button);background:var(--on-button);color:var(--invert)}.button:hover small{color:inherit}\n',
  underline: '.button:hover bdi{text-decoration:underline 1px}\n',
};

const BUTTONS: Partial<Record<ButtonStyle, string>> = {
  line: `.button{padding-inline:.25rem;border-width:0 0 1px}
.button.button{border-radius:0}
.pinned{padding-inline:2.5rem}
.pinned::after{inset-inline-end:.25rem}
.with{padding-inline:3.5rem}
.with>svg,.with>img{inset-inline-start:0}
.blocks{gap:0}
.blocks>li:not(:has(>.button)){margin-block:.75rem}
`,
};

const SHAPES: Record<AvatarShape, string> = {
  circle: '',
  rounded: '.face{border-radius:28%}\n',
  square: '.face{border-radius:0}\n',
  arch: '.face{border-radius:10rem 10rem .75rem .75rem}\n',
  none: '',
};

const FACES: Record<AvatarSize, string> = { small: '4.5rem', medium: '', large: '8.5rem' };

function renderAvatarStyle(shape: AvatarShape, size: AvatarSize): string {
  const variables = [
    ...(FACES[size] === '' ? [] : [`--face:${FACES[size]}`]),
    ...(shape === 'arch' ? ['--tall:1.25'] : []),
  ];
  return (variables.length === 0 ? '' : `:root{${variables.join(';')}}\n`) + SHAPES[shape];
}

const STAGGERED = 8;
const ENTRANCES: Record<Exclude<Entrance, 'none'>, string> = {
  fade: 'opacity:0',
  rise: 'opacity:0;transform:translateY(14px)',
  pop: 'opacity:0;transform:scale(.92)',
};

/** Only `backwards`: afterwards nothing of it is left, such as a layer above which the lightbox could not be. */
function renderEntrance(entrance: Entrance): string {
  if (entrance === 'none') return '';
  const delays = Array.from(
    { length: STAGGERED },
    (_, index) =>
      `.blocks>:nth-child(${index === STAGGERED - 1 ? `n+${STAGGERED}` : index + 1}){animation-delay:${(index + 1) * 50}ms}`,
  ).join('');
  return `@keyframes enter{from{${ENTRANCES[entrance]}}}
@media screen and (prefers-reduced-motion:no-preference){header,.blocks>li{animation:enter .5s cubic-bezier(.2,.7,.3,1) backwards}${delays}}
`;
}

export type Choices = {
  style: ButtonStyle;
  hover: ButtonHover;
  avatar: AvatarShape;
  avatarSize: AvatarSize;
  entrance: Entrance;
};

export const renderFinish = ({ style, hover, avatar, avatarSize, entrance }: Choices): string =>
  [BUTTONS[style] ?? '', HOVERS[hover], renderAvatarStyle(avatar, avatarSize), renderEntrance(entrance)].join(
    '',
  );
