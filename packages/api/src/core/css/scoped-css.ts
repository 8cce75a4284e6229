import type {
  CustomAtRules,
  Declaration,
  Rule,
  Selector,
  SelectorComponent,
  Url,
  Visitor,
} from 'lightningcss';
import { loadCssParser } from './css-parser.ts';
import { listRuleBlocks, type RuleBlock } from './css-rules.ts';
import { type CssFault, findLine, findTextFault } from './css-text.ts';

/** Rules that only say how something looks. Everything that loads, names or defines something is refused. */
const ALLOWED_RULES = new Set<Rule['type']>(['style', 'media', 'supports', 'container', 'keyframes']);

/** The class of the element around everything that an owner made. */
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

/** Text has one colour, which is judged. */
const TEXT_FILLS = new Set(['-webkit-text-fill-color', '-webkit-text-fill']);

function findDeclarationFault(declaration: Declaration): [property: string, message: string] | undefined {
  if (isPosition(declaration) && !isLoose(declaration))
    return ['position', 'Use position: static, relative or absolute'];
  if (declaration.property === 'custom' && THEME_VARIABLE.test(declaration.value.name))
    return [declaration.value.name, `Change the colours of the theme instead of ${declaration.value.name}`];
  if (declaration.property === 'custom' && TEXT_FILLS.has(declaration.value.name))
    return [declaration.value.name, `Use color instead of ${declaration.value.name}`];
  return undefined;
}

const getLine = (rule: Rule): number =>
  'value' in rule && rule.value && 'loc' in rule.value ? rule.value.loc.line + 1 : 1;

const listDeclarationFaults = (css: string, { line, declarations }: RuleBlock): CssFault[] =>
  declarations.flatMap((declaration) => {
    const [property, message] = findDeclarationFault(declaration) ?? [];
    return property && message ? [{ line: findLine(css, line, [property]), message }] : [];
  });

function listRuleFaults(css: string, rule: Rule): CssFault[] {
  const line = getLine(rule);
  const isNested = rule.type === 'style' && (rule.value.rules ?? []).length > 0;
  return [
    ...(ALLOWED_RULES.has(rule.type)
      ? []
      : [{ line, message: 'Use only style rules, @media, @supports, @container and @keyframes' }]),
    ...(isNested ? [{ line, message: 'Write nested rules one after the other' }] : []),
    ...listRuleBlocks(rule).flatMap((block) => listDeclarationFaults(css, block)),
  ];
}

function toSyntaxFault(error: unknown): CssFault {
  if (!(error instanceof Error)) throw error;
  const { loc } = error as Error & { loc?: { line: number } };
  return { line: loc?.line ?? 1, message: error.message };
}

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
      faults.push(...listRuleFaults(css, rule));
    },
    // Of rules, not those inside of `:is()` and the like.
    Selector: toScopedSelector,
    Url: ({ url, loc }: Url) => {
      if (!isOwnFile(url))
        faults.push({ line: loc.line, message: 'Use the address of a file that was uploaded here' });
    },
  };
  try {
    const { code } = loadCssParser().transform({
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
