import { DEFAULT_THEME, type Locale, negotiateLocale } from '@linkgrove/api';
import * as css from '../assets/public-page-style.ts';
import { type Html, html as markup } from '../html.ts';
import type { RenderedDocument } from './page.ts';
import { buildContentPolicy, renderShell, type Sources } from './shell.ts';
import { resolveLook } from './theme.ts';

const look = resolveLook(DEFAULT_THEME);

const NO_SOURCES: Sources = { images: [], frames: [] };

export type Notice = {
  symbol: string;
  title: string;
  text: string | Html;
  body?: Html | '';
  styles?: string[];
  sources?: Sources;
};

export function renderNotice(
  language: string,
  { symbol, title, text, body = '', styles = [], sources = NO_SOURCES }: Notice,
): RenderedDocument {
  const style = [look.css, css.BASE_STYLE, css.BUTTON_STYLE, css.NOTICE_STYLE, look.finish, ...styles].join(
    '\n',
  );
  return {
    html: renderShell({
      language,
      title,
      head: [markup`<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">`],
      style,
      body: markup`<main><header><div class="face" aria-hidden="true">${symbol}</div><h1 dir="auto">${title}</h1><p class="bio">${text}</p></header>${body}</main>`,
    }),
    policy: buildContentPolicy(style, sources),
  };
}

export const buildUncachedHeaders = (policy: string): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'cache-control': 'no-store',
});

const renderHomeLink = ({ messages }: Locale, homeUrl: string) =>
  markup`<p class="actions"><a class="button" href="${homeUrl}">${messages.goHome}</a></p>`;

export type RenderLocalized = (acceptLanguage: string | undefined) => RenderedDocument;

/** A notice that leads to the home page, rendered once per language. */
export function createLocalizedNotice(
  homeUrl: string,
  describe: (locale: Locale) => Notice,
): RenderLocalized {
  const rendered = new Map<string, RenderedDocument>();
  return (acceptLanguage) => {
    const locale = negotiateLocale(acceptLanguage);
    const known =
      rendered.get(locale.tag) ??
      renderNotice(locale.tag, { body: renderHomeLink(locale, homeUrl), ...describe(locale) });
    rendered.set(locale.tag, known);
    return known;
  };
}

export const createPageNotFoundNotice = (homeUrl: string): RenderLocalized =>
  createLocalizedNotice(homeUrl, ({ messages }) => ({
    symbol: '?',
    title: messages.notFoundTitle,
    text: messages.notFoundText,
  }));

/** For a block that visitors cannot see. */
export const createLinkGoneNotice = (homeUrl: string): RenderLocalized =>
  createLocalizedNotice(homeUrl, ({ messages }) => ({
    symbol: '?',
    title: messages.linkGoneTitle,
    text: messages.linkGoneText,
  }));
