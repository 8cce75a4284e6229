import type { Parser } from 'htmlparser2';
import { loadPackage } from '../../../../core/load-package.ts';

// Reads HTML that strangers wrote. The parser keeps no tree, so nesting costs nothing, and nothing is ever run or loaded.

type Handlers = ConstructorParameters<typeof Parser>[0];

function createParser(handlers: Handlers): Parser {
  const library: typeof import('htmlparser2') = loadPackage('htmlparser2');
  return new library.Parser(handlers);
}

const SLICE_LENGTH = 20_000;
/** The parser looks through all open elements when one ends. */
const MAX_DEPTH = 500;

/**
 * Calls `handlers` for what is in the document; other requests get their turn between the slices of a long one. False if
 * it nests too deeply.
 */
export async function parseDocument(
  html: string,
  handlers: Handlers,
  pace: () => Promise<void>,
): Promise<boolean> {
  let depth = 0;
  const parser = createParser({
    ...handlers,
    onopentag: (...tag) => {
      depth += 1;
      handlers?.onopentag?.(...tag);
    },
    onclosetag: (...tag) => {
      depth -= 1;
      handlers?.onclosetag?.(...tag);
    },
  });
  for (let start = 0; start < html.length; start += SLICE_LENGTH) {
    parser.write(html.slice(start, start + SLICE_LENGTH));
    if (depth > MAX_DEPTH) return false;
    await pace();
  }
  parser.end();
  return true;
}

const HIDDEN_ELEMENTS = new Set(['script', 'style', 'template']);
const LINES = new Set(['p', 'br', 'div', 'li', 'ul', 'ol', 'blockquote', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
const MARKS: Record<string, string> = { strong: '**', b: '**', em: '*', i: '*' };

const tidyLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replaceAll(/[^\S\n]+/g, ' ').trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();

const escapeMarkdown = (text: string): string => text.replaceAll(/[\\`*_[\]<>#|]/g, String.raw`\$&`);

type Writer = {
  open: (name: string, href: string) => string;
  close: (name: string) => string;
  text: (text: string) => string;
};

function writeDocument(html: string, writer: Writer): string {
  let written = '';
  let hidden = 0;
  const parser = createParser({
    onopentag: (name, { href = '' }) => {
      if (HIDDEN_ELEMENTS.has(name)) hidden += 1;
      written += writer.open(name, href);
    },
    onclosetag: (name) => {
      if (HIDDEN_ELEMENTS.has(name)) hidden -= 1;
      written += writer.close(name);
    },
    ontext: (text) => {
      if (hidden === 0) written += writer.text(text);
    },
  });
  parser.end(html);
  return tidyLines(written);
}

const breakLine = (name: string): string => (LINES.has(name) ? '\n' : '');

export const toPlainText = (html: string): string =>
  writeDocument(html, { open: breakLine, close: breakLine, text: (text) => text });

/** Keeps what the Markdown of texts can say: emphasis, lists, quotes, headings and links. */
export function toMarkdown(html: string): string {
  let target = '';
  return writeDocument(html, {
    open: (name, href) => {
      if (name === 'a') target = href;
      if (name === 'a') return '[';
      if (name === 'li') return '\n- ';
      if (name === 'blockquote') return '\n> ';
      if (/^h[1-6]$/.test(name)) return '\n## ';
      return MARKS[name] ?? breakLine(name);
    },
    close: (name) => {
      if (name === 'a') return `](<${target.replaceAll(/[<>\s]/g, encodeURIComponent)}>)`;
      if (name === 'p') return '\n\n';
      return MARKS[name] ?? (name === 'br' ? '' : breakLine(name));
    },
    text: escapeMarkdown,
  });
}
