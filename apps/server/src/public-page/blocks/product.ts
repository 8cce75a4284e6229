import { html as markup } from '../../html.ts';
import {
  type BlockContext,
  CARD_STYLE,
  formatPrice,
  listThumbnailStyles,
  type OpenBlockOf,
  type RenderedBlock,
  renderThumbnail,
} from './shared.ts';

const STYLE = `.product{display:flex;gap:1rem;align-items:center;text-decoration:none}
.product img{width:5.5rem;height:5.5rem;border-radius:calc(var(--corner)*.6);object-fit:cover;flex:none}
.product span{flex:1;min-width:0}
.product strong,.product small{display:block}
.product small{margin-top:.125rem;font-size:.875rem}
.product b{display:block;margin-top:.375rem}
.product s{font-weight:400}
.tiles .product{flex-direction:column;align-items:stretch;gap:.75rem;padding:.75rem}
.tiles .product img{width:100%;height:auto;aspect-ratio:1}
`;

export function renderProduct(
  block: OpenBlockOf<'product'>,
  { language, locale, localizeHref }: BlockContext,
): RenderedBlock {
  const { title, href, data } = block;
  const { price, currency, priceBefore, description, soldOut } = data;
  // In a group, which can be a grid, it is larger.
  const picture = renderThumbnail(block, block.parentId === null ? 88 : 264);
  const before = priceBefore === null ? '' : markup` <s>${formatPrice(language, priceBefore, currency)}</s>`;
  const state = soldOut ? markup` · ${locale.messages.soldOut}` : '';
  const note = description === null ? '' : markup`<small dir="auto">${description}</small>`;
  return {
    html: markup`<a class="card product" href="${localizeHref(href)}" rel="nofollow ugc noopener">${picture}<span><strong dir="auto">${title ?? ''}</strong>${note}<b>${formatPrice(language, price, currency)}${before}${state}</b></span></a>`,
    styles: [CARD_STYLE, STYLE, ...listThumbnailStyles(block)],
  };
}
