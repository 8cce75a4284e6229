import { DEFAULT_THEME } from '@linkgrove/api';
import * as css from '../assets/public-page-style.ts';
import { type Html, html as markup } from '../html.ts';
import type { RenderedDocument } from './page.ts';
import { buildContentPolicy, renderShell, type Sources } from './shell.ts';
import { resolveLook } from './theme.ts';

const look = resolveLook(DEFAULT_THEME);

const NOTHING: Sources = { images: [], frames: [] };

/** A sign above what is said. */
export type Notice = {
  sign: string;
  title: string;
  text: string;
  body?: Html | '';
  style?: string[];
  sources?: Sources;
};

/** A page that says one thing, in the default look; search engines pass it over. */
export function renderNotice({
  sign,
  title,
  text,
  body = '',
  style = [],
  sources = NOTHING,
}: Notice): RenderedDocument {
  const styles = [look.css, css.BASE_STYLE, css.BUTTON_STYLE, css.NOTICE_STYLE, ...style].join('\n');
  return {
    html: renderShell({
      title,
      head: [markup`<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">`],
      style: styles,
      body: markup`<main><header><div class="face" aria-hidden="true">${sign}</div><h1>${title}</h1><p class="bio">${text}</p></header>${body}</main>`,
    }),
    policy: buildContentPolicy(styles, sources),
  };
}

/** Headers of a document of ours that nobody keeps. */
export const buildNoticeHeaders = (policy: string): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'cache-control': 'no-store',
});
