import { formatMessage, type Locale } from '@linkgrove/api';
import { type Html, html as markup } from '../html.ts';
import { renderNotice } from './notice.ts';
import type { RenderedDocument } from './page.ts';

type Leaving = { url: string; href: string; back: Html | '' };

/** Asks before a suspicious host, which is named in its ASCII form: no letter can disguise that. */
export function renderLeaving(locale: Locale, { url, href, back }: Leaving): RenderedDocument {
  const { messages } = locale;
  const { protocol, host, pathname } = new URL(url);
  return renderNotice(locale.tag, {
    symbol: '!',
    title: messages.leavingTitle,
    text: formatMessage(locale, messages.leavingText, { host: protocol === 'mailto:' ? pathname : host }),
    body: markup`<p class="actions">${back}<a class="button" href="${href}" rel="nofollow ugc noopener">${messages.continue}</a></p>`,
  });
}
