import { escapeHtml } from '@linkgrove/api';

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

type HtmlValue = Html | string | number | HtmlValue[];
const renderValue = (value: HtmlValue): string =>
  Array.isArray(value)
    ? value.map(renderValue).join('')
    : value instanceof Html
      ? value.text
      : escapeHtml(String(value));

/** Values are escaped unless they are `Html`. */
export const html = (strings: TemplateStringsArray, ...values: HtmlValue[]): Html =>
  new Html(strings.reduce((text, part, index) => text + renderValue(values[index - 1] ?? '') + part));

export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': PAGE_POLICY,
};

export type PageOptions = {
  title: string;
  body: Html;
  script?: string;
  home?: string;
  wide?: boolean;
};

const ASIDE = html`<div class="aside">
  <svg viewBox="0 0 220 300" aria-hidden="true">
    <rect class="phone" x="1" y="1" width="218" height="298" rx="28" />
    <circle class="face" cx="110" cy="62" r="26" />
    <rect class="line" x="70" y="102" width="80" height="9" rx="4.5" />
    <rect class="bar" x="24" y="134" width="172" height="36" rx="12" />
    <rect class="bar" x="24" y="180" width="172" height="36" rx="12" />
    <rect class="bar" x="24" y="226" width="172" height="36" rx="12" />
  </svg>
  <p>
    <strong>One page for all your links.</strong> Invite people with your own link, and see every visit and
    sign-up it brings.
  </p>
</div>`;

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
          ${wide ? '' : ASIDE}
        </header>
        <main>${body}</main>
      </body>
    </html>`.text;
}
