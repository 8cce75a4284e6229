import MarkdownIt from 'markdown-it';
import { checkUrl } from './urls.ts';

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

// The rules of blocks: web pages, mailboxes and phone numbers.
markdown.validateLink = (url) => {
  const [, use] = URL_USES.find(([scheme]) => url.toLowerCase().startsWith(scheme)) ?? [];
  return checkUrl(use ?? 'link', url).href !== undefined;
};
// The checked URL is used unchanged; a normalized one would be unchecked.
markdown.normalizeLink = (url) => url;
markdown.renderer.rules['link_open'] = (tokens, index, options, _env, self) => {
  tokens[index]?.attrSet('rel', 'nofollow ugc noopener');
  return self.renderToken(tokens, index, options);
};

// A browser finds the direction of each paragraph and list by its first letter. List items take that of their list, so
// that the bullets of a list are on one side.
for (const rule of ['paragraph_open', 'bullet_list_open', 'ordered_list_open'] as const) {
  markdown.renderer.rules[rule] = (tokens, index, options, _env, self) => {
    tokens[index]?.attrSet('dir', 'auto');
    return self.renderToken(tokens, index, options);
  };
}

/**
 * Renders limited Markdown as safe HTML: paragraphs, line breaks, emphasis, strikethrough, code, lists and links.
 * Other markup stays plain text.
 */
export const renderMarkdown = (text: string): string => markdown.render(text).trim();
