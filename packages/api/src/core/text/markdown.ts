import MarkdownIt from 'markdown-it';
import { checkUrl } from './urls.ts';

// Begins with no rule at all, so that what is not named here stays text: no HTML, pictures, headings or tables.
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

const USES = [
  ['mailto:', 'email'],
  ['tel:', 'phone'],
] as const;

/** Whether a text may link to an address: the web, a mailbox or a telephone, by the rules of blocks. */
markdown.validateLink = (url) => {
  const [, use] = USES.find(([scheme]) => url.toLowerCase().startsWith(scheme)) ?? [];
  return checkUrl(use ?? 'link', url).href !== undefined;
};
// Whatever the parser would spell anew was not checked.
markdown.normalizeLink = (url) => url;
markdown.renderer.rules['link_open'] = (tokens, index, options, _env, self) => {
  tokens[index]?.attrSet('rel', 'nofollow ugc noopener');
  return self.renderToken(tokens, index, options);
};

/**
 * Turns a text of limited Markdown into HTML that is safe to show: paragraphs, line breaks, emphasis,
 * strikethrough, code, lists and links, with markup of any other kind as plain text.
 */
export const renderMarkdown = (text: string): string => markdown.render(text).trim();
