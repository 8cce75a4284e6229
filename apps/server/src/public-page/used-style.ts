const RULE = /@[^{}]+\{(?:[^{}]+\{[^{}]*\})*\}|[^{}]+\{[^{}]*\}/g;
const ATTRIBUTE_OR_ID = /\[[^\]]*\]|#[\w-]+/g;
const PSEUDO = /::?[\w-]+(?:\((?:[^()]|\([^()]*\))*\))?/g;
const NAME = /\.?[a-z][\w-]*/gi;

/** Its elements, and its classes with a dot before them. */
function listNames(html: string): Set<string> {
  const elements = [...html.matchAll(/<([a-z][a-z\d]*)/g)].map(([, element = '']) => element);
  const classes = [...html.matchAll(/ class="([^"]*)"/g)].flatMap(([, list = '']) => list.split(' '));
  return new Set(['html', 'body', ...elements, ...classes.map((name) => `.${name}`)]);
}

/** What is in brackets may match anything, so a rule is kept too often rather than too seldom. */
const isUsed = (selectors: string, names: Set<string>): boolean =>
  selectors
    .replaceAll(ATTRIBUTE_OR_ID, '')
    .replaceAll(PSEUDO, '')
    .split(',')
    .some((selector) => (selector.match(NAME) ?? []).every((name) => names.has(name)));

/** Leaves everything as it is if there is anything that `RULE` does not know, such as nested rules. */
function keepUsed(style: string, names: Set<string>): string {
  if (style.replaceAll(RULE, '').trim() !== '') return style;
  const rules = style.match(RULE) ?? [];
  return rules
    .map((rule) => {
      const text = rule.trim();
      const brace = text.indexOf('{');
      if (!text.startsWith('@')) return isUsed(text.slice(0, brace), names) ? text : '';
      if (!text.startsWith('@media')) return text;
      const inner = keepUsed(text.slice(brace + 1, -1), names);
      return inner === '' ? '' : `${text.slice(0, brace)}{${inner}}`;
    })
    .join('');
}

/** Leaves out the rules for elements and classes that `html` does not have. For style sheets of our own only. */
export const keepUsedRules = (style: string, html: string): string => keepUsed(style, listNames(html));
