import { LRUCache } from 'lru-cache';
import MarkdownIt from 'markdown-it';
import { escapeHtml } from './html.ts';
import { toStoredUrl } from './urls.ts';

/** More markup characters are shown as they are: parsing costs too much. */
const MAX_MARKUP = 500;
const MARKUP = /[!-/:-@[-`{-~\n]/g;
const MAX_CACHED_CHARACTERS = 8_000_000;

// Starts from no rules, so that everything not enabled here stays text: HTML, images, headings, tables.
const markdown = new MarkdownIt('zero', { html: false, breaks: true }).enable([
  'emphasis',
  'strikethrough',
  'backticks',
  'link',
  'autolink',
  'list',
  'newline',
  'escape',
  'entity',
]);

const URL_USES = [
  ['mailto:', 'email'],
  ['tel:', 'phone'],
] as const;

const findHref = (url: string): string | undefined => {
  const [, use] = URL_USES.find(([scheme]) => url.toLowerCase().startsWith(scheme)) ?? [];
  return toStoredUrl(use ?? 'link', url);
};
markdown.validateLink = (url) => findHref(url) !== undefined;
// Comes before `validateLink`, so that the checked URL is the one that is used.
markdown.normalizeLink = (url) => findHref(url) ?? url;
markdown.renderer.rules['link_open'] = (tokens, index, options, _env, self) => {
  tokens[index]?.attrSet('rel', 'nofollow ugc noopener');
  return self.renderToken(tokens, index, options);
};

// Browsers take a paragraph's direction from its first letter. The list sets that of its items: bullets on one side.
for (const rule of ['paragraph_open', 'bullet_list_open', 'ordered_list_open'] as const) {
  markdown.renderer.rules[rule] = (tokens, index, options, _env, self) => {
    tokens[index]?.attrSet('dir', 'auto');
    return self.renderToken(tokens, index, options);
  };
}

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
  const html = hasTooMuchMarkup(text) ? renderPlainText(text) : markdown.render(text).trim();
  rendered.set(text, html);
  return html;
}
