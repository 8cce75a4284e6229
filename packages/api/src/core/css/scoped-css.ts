import { createRequire } from 'node:module';
import type {
  CustomAtRules,
  Declaration,
  Rule,
  Selector,
  SelectorComponent,
  StyleRule,
  Url,
  Visitor,
} from 'lightningcss';
import { findContrastFault } from './css-contrast.ts';
import { type CssFault, findTextFault } from './css-text.ts';

type Parser = typeof import('lightningcss');

/** Loaded when a page first needs it: it is native code of 9 MB. */
let parser: Parser | undefined;
const requireModule = createRequire(import.meta.url);
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the module of that name
const loadParser = (): Parser => (parser ??= requireModule('lightningcss') as Parser);

/** Rules that only say how something looks. Everything that loads, names or defines something is refused. */
const ALLOWED_RULES = new Set<Rule['type']>(['style', 'media', 'supports', 'container', 'keyframes']);

/** Of the element that everything of an owner is in. */
export const SCOPE_CLASS = 'page';
const SCOPE: SelectorComponent = { type: 'class', name: SCOPE_CLASS };
const ROOT_NAMES = new Set(['html', 'body']);

const isRoot = (component: SelectorComponent | undefined): boolean =>
  (component?.type === 'type' && ROOT_NAMES.has(component.name)) ||
  (component?.type === 'pseudo-class' && (component.kind === 'root' || component.kind === 'scope'));

const toScopedSelector = (selector: Selector): Selector => {
  const [first, ...rest] = selector;
  return isRoot(first) ? [SCOPE, ...rest] : [SCOPE, { type: 'combinator', value: 'descendant' }, ...selector];
};

const getProperty = (declaration: Declaration): string =>
  declaration.property === 'unparsed' ? declaration.value.propertyId.property : declaration.property;

const isPosition = (declaration: Declaration): boolean => getProperty(declaration) === 'position';

/** `var()` could become anything. */
const isLoose = (declaration: Declaration): boolean =>
  declaration.property === 'position' && ['static', 'relative', 'absolute'].includes(declaration.value.type);

/** Its own variables, which keep the contrast of the theme. */
const THEME_VARIABLE =
  /^--(?:bg|ground|scrim|text|muted|accent|button|invert|on-button|sub|card|on-card|link|edge)$/;

function findDeclarationFault(declaration: Declaration): [property: string, message: string] | undefined {
  if (isPosition(declaration) && !isLoose(declaration))
    return ['position', 'Use position: static, relative or absolute'];
  if (declaration.property === 'custom' && THEME_VARIABLE.test(declaration.value.name))
    return [declaration.value.name, `Change the colours of the theme instead of ${declaration.value.name}`];
  return undefined;
}

const findLine = (css: string, from: number, text: string): number => {
  const found = css
    .split('\n')
    .slice(from - 1)
    .findIndex((line) => line.includes(text));
  return found === -1 ? from : from + found;
};

function listStyleFaults(css: string, { loc, declarations, rules = [] }: StyleRule): CssFault[] {
  const line = loc.line + 1;
  const all = [...(declarations?.declarations ?? []), ...(declarations?.importantDeclarations ?? [])];
  const contrast = findContrastFault(all);
  return [
    ...(rules.length > 0 ? [{ line, message: 'Write nested rules one after the other' }] : []),
    ...all.flatMap((declaration) => {
      const [property, message] = findDeclarationFault(declaration) ?? [];
      return property && message ? [{ line: findLine(css, line, property), message }] : [];
    }),
    ...(contrast === undefined ? [] : [{ line: findLine(css, line, 'color'), message: contrast }]),
  ];
}

function toSyntaxFault(error: unknown): CssFault {
  if (!(error instanceof Error)) throw error;
  const { loc } = error as Error & { loc?: { line: number } };
  return { line: loc?.line ?? 1, message: error.message };
}

const getLine = (rule: Rule): number =>
  'value' in rule && rule.value && 'loc' in rule.value ? rule.value.loc.line + 1 : 1;

export type ScopedCss = { css: string; faults: CssFault[] };

/**
 * Parses the CSS of an owner and returns it for everything inside of the page, minified. With a fault the CSS is empty.
 * `isOwnFile`: whether an address is that of an uploaded file.
 */
export function scopeCss(css: string, isOwnFile: (url: string) => boolean): ScopedCss {
  const textFault = findTextFault(css);
  if (textFault) return { css: '', faults: [textFault] };
  const faults: CssFault[] = [];
  const visitor: Visitor<CustomAtRules> = {
    Rule: (rule) => {
      if (!ALLOWED_RULES.has(rule.type))
        faults.push({
          line: getLine(rule),
          message: 'Use only style rules, @media, @supports, @container and @keyframes',
        });
      if (rule.type === 'style') faults.push(...listStyleFaults(css, rule.value));
    },
    // Of rules, not those inside of `:is()` and the like.
    Selector: toScopedSelector,
    Url: ({ url, loc }: Url) => {
      if (!isOwnFile(url))
        faults.push({ line: loc.line, message: 'Use the address of a file that was uploaded here' });
    },
  };
  try {
    const { code } = loadParser().transform({
      filename: 'custom.css',
      code: Buffer.from(css),
      minify: true,
      visitor,
    });
    return faults.length > 0 ? { css: '', faults } : { css: Buffer.from(code).toString(), faults };
  } catch (error) {
    return { css: '', faults: [...faults, toSyntaxFault(error)] };
  }
}
