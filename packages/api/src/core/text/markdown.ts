import { LRUCache } from 'lru-cache';
import type { MarkdownIt, RendererRule } from 'markdown-it';
import { loadPackage } from '../load-package.ts';
import { escapeHtml } from './html.ts';
import { toStoredUrl } from './urls.ts';

/** More markup characters are shown as they are: parsing costs too much. */
const MAX_MARKUP = 500;
const MARKUP = /[!-/:-@[-`{-~\n]/g;
const MAX_CACHED_CHARACTERS = 8_000_000;

// Starts from no rules, so that everything not listed here stays text: HTML, images.
const RULES = [
  'heading',
  'blockquote',
  'table',
  'linkify',
  'emphasis',
  'strikethrough',
  'backticks',
  'link',
  'autolink',
  'list',
  'newline',
  'escape',
  'entity',
];

const URL_USES = [
  ['mailto:', 'email'],
  ['tel:', 'phone'],
] as const;

const findHref = (url: string): string | undefined => {
  const [, use] = URL_USES.find(([scheme]) => url.toLowerCase().startsWith(scheme)) ?? [];
  return toStoredUrl(use ?? 'link', url);
};

const linkRule: RendererRule = (tokens, index, options, _env, self) => {
  tokens[index]?.attrSet('rel', 'nofollow ugc noopener');
  return self.renderToken(tokens, index, options);
};

// The page has headings of the first two levels itself.
const headingRule: RendererRule = (tokens, index, options, _env, self) => {
  const token = tokens[index];
  if (token) token.tag = token.tag === 'h1' || token.tag === 'h2' ? 'h3' : 'h4';
  if (token?.nesting === 1) token.attrSet('dir', 'auto');
  return self.renderToken(tokens, index, options);
};

// Browsers take a paragraph's direction from its first letter. The list sets that of its items: bullets on one side.
const directionRule: RendererRule = (tokens, index, options, _env, self) => {
  tokens[index]?.attrSet('dir', 'auto');
  return self.renderToken(tokens, index, options);
};

function createMarkdown(): MarkdownIt {
  const createParser: (typeof import('markdown-it'))['default'] = loadPackage('markdown-it');
  const markdown = createParser('zero', { html: false, breaks: true, linkify: true }).enable(RULES);
  markdown.validateLink = (url) => findHref(url) !== undefined;
  // Comes before `validateLink`, so that the checked URL is the one that is used.
  markdown.normalizeLink = (url) => findHref(url) ?? url;
  // `example.com` and addresses of mail are too often something else: a file, a name, a typing error.
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  Object.assign(markdown.renderer.rules, {
    link_open: linkRule,
    heading_open: headingRule,
    heading_close: headingRule,
    table_open: () => '<div class="scroll" tabindex="0"><table>\n',
    table_close: () => '</table></div>\n',
    paragraph_open: directionRule,
    bullet_list_open: directionRule,
    ordered_list_open: directionRule,
    blockquote_open: directionRule,
  } satisfies Record<string, RendererRule>);
  return markdown;
}

let loaded: MarkdownIt | undefined;
const getMarkdown = (): MarkdownIt => (loaded ??= createMarkdown());

const renderPlainText = (text: string): string =>
  `<p dir="auto">${escapeHtml(text).replaceAll('\n', '<br>\n')}</p>`;

const hasTooMuchMarkup = (text: string): boolean => (text.match(MARKUP)?.length ?? 0) > MAX_MARKUP;

const rendered = new LRUCache<string, string>({
  maxSize: MAX_CACHED_CHARACTERS,
  sizeCalculation: (html, text) => html.length + text.length + 1,
});

export function renderMarkdown(text: string): string {
  const known = rendered.get(text);
  if (known !== undefined) return known;
  const html = hasTooMuchMarkup(text) ? renderPlainText(text) : getMarkdown().render(text).trim();
  rendered.set(text, html);
  return html;
}
