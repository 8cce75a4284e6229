import type { CssColor, CustomAtRules, Declaration, Image, TokenOrValue, Visitor } from 'lightningcss';
import {
  computeTextContrast,
  mixColorOver,
  describeColor,
  resolveColor,
  type Rgba,
  type Scheme,
} from './css-colors.ts';
import { loadCssParser } from './css-parser.ts';
import { listRuleBlocks } from './css-rules.ts';
import { type CssFault, findLine } from './css-text.ts';
import { MIN_TEXT_CONTRAST } from './contrast.ts';

/** The paint of a rule: the colours of a gradient or one, a variable of the theme, or what is there anyway. */
type Paint =
  | { kind: 'colors'; colors: Rgba[] }
  | { kind: 'variable'; name: string }
  | { kind: 'inherited' }
  | { kind: 'unknown' };
type Painting = { text?: Paint | undefined; ground?: Paint | undefined; image?: Paint | undefined };

const UNKNOWN: Paint = { kind: 'unknown' };
const INHERITED: Paint = { kind: 'inherited' };
const CLEAR: Rgba = { r: 0, g: 0, b: 0, alpha: 0 };

/** Readable on the background of the page, or of the colour of the element around. */
const PAGE_TEXTS = new Set(['--text', '--muted', '--sub', '--link', '--accent']);
const TEXTS = new Set([...PAGE_TEXTS, '--on-button', '--on-card']);
/** The colour that the theme guarantees to be readable on each. */
const TEXT_ON: Record<string, string> = {
  '--bg': '--accent',
  '--ground': '--accent',
  '--accent': '--ground',
  '--button': '--on-button',
  '--on-button': '--invert',
  '--card': '--on-card',
  '--on-card': '--card',
};

function readColor(color: CssColor, scheme: Scheme): Paint {
  const found = resolveColor(color, scheme);
  if (found === undefined) return UNKNOWN;
  return found === 'currentcolor' ? INHERITED : { kind: 'colors', colors: [found] };
}

const INHERITING = new Set(['inherit', 'unset', 'revert', 'revert-layer']);

/** Reads a value with a variable, or with a word that every property has. */
function readTokens(tokens: TokenOrValue[]): Paint {
  const [token, ...others] = tokens.filter(
    ({ type, value }) =>
      !(type === 'token' && typeof value === 'object' && 'type' in value && value.type === 'white-space'),
  );
  if (token === undefined || others.length > 0) return UNKNOWN;
  if (token.type === 'var') return { kind: 'variable', name: token.value.name.ident };
  const isWord = token.type === 'token' && token.value.type === 'ident' && INHERITING.has(token.value.value);
  return isWord ? INHERITED : UNKNOWN;
}

/** The content of a picture is unknown and not judged; it hides no colour behind it. */
function readImages(images: Image[], scheme: Scheme): Paint | undefined {
  const [gradient, ...others] = images.flatMap((image) => (image.type === 'gradient' ? [image.value] : []));
  if (gradient === undefined) return undefined;
  if (others.length > 0 || gradient.type === 'webkit-gradient') return UNKNOWN;
  const colors = gradient.items.flatMap((item) =>
    item.type === 'color-stop' ? [resolveColor(item.color, scheme)] : [],
  );
  const known = colors.filter((color) => typeof color === 'object');
  return known.length === colors.length ? { kind: 'colors', colors: known } : UNKNOWN;
}

type Unparsed = Extract<Declaration, { property: 'unparsed' }>;
function readUnparsed({ value: { propertyId, value } }: Unparsed): Painting {
  const paint = readTokens(value);
  if (propertyId.property === 'color') return { text: paint };
  if (propertyId.property === 'background-color') return { ground: paint };
  if (propertyId.property === 'background') return { ground: paint, image: undefined };
  return propertyId.property === 'background-image' ? { image: UNKNOWN } : {};
}

type Shorthand = Extract<Declaration, { property: 'background' }>;
const readShorthand = ({ value }: Shorthand, scheme: Scheme): Painting => ({
  ground: readColor(value.at(-1)?.color ?? { type: 'rgb', ...CLEAR }, scheme),
  image: readImages(
    value.map(({ image }) => image),
    scheme,
  ),
});

function readDeclaration(declaration: Declaration, scheme: Scheme): Painting {
  if (declaration.property === 'color') return { text: readColor(declaration.value, scheme) };
  if (declaration.property === 'background-color') return { ground: readColor(declaration.value, scheme) };
  if (declaration.property === 'background-image') return { image: readImages(declaration.value, scheme) };
  if (declaration.property === 'background') return readShorthand(declaration, scheme);
  return declaration.property === 'unparsed' ? readUnparsed(declaration) : {};
}

const isClear = (paint: Paint): boolean =>
  paint.kind === 'colors' && paint.colors.every(({ alpha }) => alpha === 0);

/** A gradient lies in front of the colour of the background, which can be seen next to it. */
function findGround({ ground, image }: Painting): Paint | undefined {
  if (image === undefined) return ground;
  if (image.kind !== 'colors' || ground === undefined || isClear(ground)) return image;
  if (ground.kind !== 'colors') return UNKNOWN;
  const [below = CLEAR] = ground.colors;
  const colors = image.colors.map((color) => (below.alpha === 1 ? mixColorOver(color, below) : color));
  return { kind: 'colors', colors: [...colors, below] };
}

const KNOWN = 'so that the contrast is known';

function findVariableFault(ground: string, text: Paint | undefined): string | undefined {
  const wanted = TEXT_ON[ground];
  if (wanted === undefined) return `var(${ground}) is no colour to write on`;
  const isWanted = text?.kind === 'variable' && text.name === wanted;
  return isWanted ? undefined : `Set color: var(${wanted}) next to var(${ground}), which it is readable on`;
}

function findLowContrast(text: Rgba, grounds: Rgba[]): string | undefined {
  const contrast = computeTextContrast(text, grounds);
  if (contrast >= MIN_TEXT_CONTRAST) return undefined;
  const behind = grounds.some(({ alpha }) => alpha < 1) ? ', which may have black or white behind it,' : '';
  const names = grounds.map(describeColor).join(' to ');
  return `${describeColor(text)} on ${names}${behind} has a contrast of ${contrast.toFixed(1)}; text needs ${MIN_TEXT_CONTRAST}`;
}

/** Only the theme knows the colour behind. */
function findBareFault(text: Paint | undefined): string | undefined {
  if (text?.kind === 'colors')
    return `Set background-color next to color, ${KNOWN}, or use the colours of the theme, such as var(--text)`;
  return text?.kind === 'variable' && !TEXTS.has(text.name)
    ? `var(${text.name}) is no colour of text`
    : undefined;
}

/** Judges text whose background is taken away, so that the one of the page is seen. */
function findClearFault(text: Paint | undefined): string | undefined {
  const follows = text?.kind === 'inherited' || (text?.kind === 'variable' && PAGE_TEXTS.has(text.name));
  return follows
    ? undefined
    : 'Set color: inherit next to a background without a colour, or set both colours';
}

/** A colour without its counterpart could be unreadable on what is behind it, and in one scheme only. */
function findPaintFault(text: Paint | undefined, ground: Paint | undefined): string | undefined {
  if (text?.kind === 'unknown' || ground?.kind === 'unknown' || ground?.kind === 'inherited')
    return `Use a colour that is known here, or a variable of the theme alone, ${KNOWN}`;
  if (ground === undefined) return findBareFault(text);
  if (ground.kind === 'variable') return findVariableFault(ground.name, text);
  if (isClear(ground)) return findClearFault(text);
  return text?.kind === 'colors'
    ? findLowContrast(text.colors[0] ?? CLEAR, ground.colors)
    : `Set color next to background-color, ${KNOWN}, or use the colours of the theme, such as var(--card)`;
}

const SCHEMES: Scheme[] = ['light', 'dark'];

function findContrastFault(declarations: Declaration[]): string | undefined {
  const faults = SCHEMES.map((scheme) => {
    const painting = declarations.reduce<Painting>(
      (before, declaration) => ({ ...before, ...readDeclaration(declaration, scheme) }),
      {},
    );
    return findPaintFault(painting.text, findGround(painting));
  });
  return faults.find((fault) => fault !== undefined);
}

/** The rules of CSS without other faults in which text is unreadable, or could be. */
export function findUnreadableRules(css: string): CssFault[] {
  const faults: CssFault[] = [];
  const visitor: Visitor<CustomAtRules> = {
    Rule: (rule) => {
      for (const { line, declarations } of listRuleBlocks(rule)) {
        const message = findContrastFault(declarations);
        if (message !== undefined)
          faults.push({ line: findLine(css, line, ['color', 'background']), message });
      }
    },
  };
  loadCssParser().transform({ filename: 'custom.css', code: Buffer.from(css), visitor });
  return faults;
}
