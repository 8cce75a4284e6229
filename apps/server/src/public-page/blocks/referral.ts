import { formatMessage } from '@linkgrove/api';
import { html as markup } from '../../html.ts';
import { type BlockContext, type OpenBlockOf, renderCard, renderChip, type RenderedBlock } from './shared.ts';

const STYLE = `.offer{margin-top:.375rem;font-weight:600}
`;

/** A side that gets nothing is not named. */
export function renderReferral(
  { title, href, data }: OpenBlockOf<'referral'>,
  { language, locale, localizeHref }: BlockContext,
): RenderedBlock {
  const { messages } = locale;
  const { referrer, offer } = data;
  const format = (message: string, credits: number) =>
    credits === 0
      ? []
      : [
          formatMessage(locale, message, {
            name: referrer,
            count: new Intl.NumberFormat(language).format(credits),
          }),
        ];
  const lines = offer
    ? [
        ...format(messages.creditsForYou, offer.referredCredits),
        ...format(messages.creditsForReferrer, offer.referrerCredits),
      ]
    : [];
  const message = data.message === null ? '' : markup`<p dir="auto">${data.message}</p>`;
  const credits =
    lines.length === 0
      ? ''
      : markup`<ul class="offer" dir="${locale.direction}">${lines.map((line) => markup`<li>${line}</li>`)}</ul>`;
  const button = markup`<div class="chips">${renderChip(localizeHref(href), messages.createYourPage)}</div>`;
  return renderCard(title, markup`${message}${credits}${button}`, [STYLE]);
}
