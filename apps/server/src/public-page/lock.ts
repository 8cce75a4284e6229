import { findLocale, type LockedPart, type PublicPage } from '@linkgrove/api';
import type { FastifyReply } from 'fastify';
import { html as markup } from '../html.ts';
import { renderNotice } from './notice.ts';
import type { RenderedDocument } from './page.ts';

const STYLE = `form{display:grid;gap:.875rem;margin-top:1.5rem;text-align:start}
form label{display:block;font-weight:600}
form input{display:block;width:100%;min-height:2.75rem;margin-top:.25rem;padding:.5rem .75rem;border:1px solid var(--muted);border-radius:.75rem;background:transparent;color:inherit;font:inherit}
form .wrong{display:block;margin-top:.375rem}
form .wrong::before{content:"⚠ "/""}
form button{cursor:pointer;font:inherit;font-weight:600;width:100%}
.report{margin-top:1rem;text-align:center;font-size:.875rem}
.report a{display:inline-block;padding:.75rem}
`;

export type LockFault = 'wrong' | 'too-many';

/** `Origin` of the form would be `null` under the server's own policy. */
export const LOCK_HEADERS = {
  'cache-control': 'private, no-store',
  'referrer-policy': 'same-origin',
  'x-robots-tag': 'noindex',
};

/** From below `/go/{blockId}`. */
export const sendToLock = (reply: FastifyReply, { lockedHandle }: LockedPart, status: 302 | 303) =>
  reply.headers(LOCK_HEADERS).redirect(`../../@${lockedHandle}`, status);

/** Is sent to the address at which it is shown, so it works without a script. */
export function renderLock({ handle, language, url }: PublicPage, fault?: LockFault): RenderedDocument {
  const { messages } = findLocale(language);
  const report = `${url.replace(/\/$/, '')}/report`;
  const text = fault === 'too-many' ? messages.tooManyRequestsText : messages.lockedWrong;
  const attributes = fault === undefined ? '' : markup` aria-invalid="true" aria-describedby="wrong"`;
  const error = fault === undefined ? '' : markup`<span class="wrong" id="wrong">${text}</span>`;
  return renderNotice(language, {
    symbol: '🔒',
    title: messages.lockedTitle,
    text: markup`<bdi>@${handle}</bdi>`,
    body: markup`<form method="post" accept-charset="utf-8"><label>${messages.lockedPassword}<input type="password" name="password" required maxlength="128" autocomplete="current-password"${attributes}>${error}</label><button class="button" type="submit">${messages.lockedOpen}</button></form><p class="report"><a href="${report}" rel="nofollow">${messages.report}</a></p>`,
    styles: [STYLE],
    sources: { images: [], frames: [], hasForm: true },
  });
}
