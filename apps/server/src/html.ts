import { escapeHtml } from '@linkgrove/api';

/** HTML that is safe to send: everything put into it was escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

type Value = Html | string | number | Value[];
const render = (value: Value): string =>
  Array.isArray(value)
    ? value.map(render).join('')
    : value instanceof Html
      ? value.text
      : escapeHtml(String(value));

/** Builds HTML from a template; values are escaped unless they are HTML themselves. */
export const html = (strings: TemplateStringsArray, ...values: Value[]): Html =>
  new Html(strings.reduce((text, part, index) => text + render(values[index - 1] ?? '') + part));

/** What a built-in page may load: its own script and style, and its own API. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Headers of a built-in page. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': PAGE_POLICY,
};

export type PageOptions = {
  title: string;
  body: Html;
  script?: string;
  /** Where the product's name leads. */
  home?: string;
  /** For lists, rather than a single form. */
  wide?: boolean;
};

/** A whole page in the built-in look. */
export function renderHtmlPage({ title, body, script, home = '/', wide = false }: PageOptions): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Linkgrove</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/built-in.css" />
        ${script ? html`<script type="module" src="${script}"></script>` : ''}
      </head>
      <body class="${wide ? 'wide' : 'narrow'}">
        <header>
          <a class="brand" href="${home}"
            ><img src="/assets/icon.svg" alt="" width="32" height="32" />Linkgrove</a
          >
        </header>
        <main>${body}</main>
      </body>
    </html>`.text;
}
