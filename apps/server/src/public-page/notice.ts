import { DEFAULT_THEME } from '@linkgrove/api';
import * as css from '../assets/public-page-style.ts';
import { type Html, html as markup } from '../html.ts';
import type { Document } from './page.ts';
import { policyOf, shell, type Sources } from './shell.ts';
import { lookOf } from './theme.ts';

const look = lookOf(DEFAULT_THEME);

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
}: Notice): Document {
  const styles = [look.css, css.base, css.button, css.notice, ...style].join('\n');
  return {
    html: shell({
      title,
      head: [markup`<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">`],
      style: styles,
      body: markup`<main><header><div class="face" aria-hidden="true">${sign}</div><h1>${title}</h1><p class="bio">${text}</p></header>${body}</main>`,
    }),
    policy: policyOf(styles, sources),
  };
}

/** Headers of a document of ours that nobody keeps. */
export const noticeHeaders = (policy: string): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'cache-control': 'no-store',
});
