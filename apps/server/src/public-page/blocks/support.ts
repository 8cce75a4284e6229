import { html as markup } from '../../html.ts';
import {
  type BlockContext,
  formatPrice,
  type OpenBlockOf,
  renderCard,
  renderChip,
  type RenderedBlock,
} from './shared.ts';

export function renderSupport(
  { title, href, data }: OpenBlockOf<'support'>,
  { language, locale, localizeHref }: BlockContext,
): RenderedBlock {
  const message = data.message === null ? '' : markup`<p dir="auto">${data.message}</p>`;
  const amounts = data.amounts.map((one) =>
    renderChip(localizeHref(one.href), formatPrice(language, one.amount, data.currency)),
  );
  const other = renderChip(localizeHref(href), locale.messages.anyAmount);
  return renderCard(title, markup`${message}<div class="chips">${amounts}${other}</div>`);
}
