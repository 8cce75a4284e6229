import { LRUCache } from 'lru-cache';
import MarkdownIt from 'markdown-it';
import { escapeHtml } from './html.ts';
import { toStoredUrl } from './urls.ts';

/** More markup characters are shown as they are: parsing costs too much. */
const MAX_MARKUP = 500;
const MARKUP = /[!-/:-@[-`{-~\n]/g;
const MAX_CACHED_CHARACTERS = 8_000_000;

// Starts from no rules, so that everything not enabled here stays text: HTML, images.
const markdown = new MarkdownIt('zero', { html: false, breaks: true, linkify: true }).enable([
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

// `example.com` and addresses of mail are too often something else: a file, a name, a typing error.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

// The page has headings of the first two levels itself.
for (const rule of ['heading_open', 'heading_close'] as const) {
  markdown.renderer.rules[rule] = (tokens, index, options, _env, self) => {
    const token = tokens[index];
    if (token) token.tag = token.tag === 'h1' || token.tag === 'h2' ? 'h3' : 'h4';
    if (rule === 'heading_open') token?.attrSet('dir', 'auto');
    return self.renderToken(tokens, index, options);
  };
}
markdown.renderer.rules['table_open'] = () => '<div class="scroll" tabindex="0"><table>\n';
markdown.renderer.rules['table_close'] = () => '</table></div>\n';

// Browsers take a paragraph's direction from its first letter. The list sets that of its items: bullets on one side.
for (const rule of ['paragraph_open', 'bullet_list_open', 'ordered_list_open', 'blockquote_open'] as const) {
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
