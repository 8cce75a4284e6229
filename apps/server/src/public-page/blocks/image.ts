import { readHost } from '@linkgrove/api';
import * as css from '../../assets/public-page-style.ts';
import { html as markup } from '../../html.ts';
import { FULL_SIZES, renderFocus, renderPicture } from './picture.ts';
import type { BlockContext, OpenBlockOf, RenderedBlock } from './shared.ts';

/** In a grid, a picture has the size of its place, whatever its own. */
const listFillClasses = (layout: OpenBlockOf<'image'>['layout']): string[] => [
  ...(layout?.mobile ? ['fill-m'] : []),
  ...(layout?.desktop ? ['fill-d'] : []),
];

export function renderImage(block: OpenBlockOf<'image'>, { localizeHref }: BlockContext): RenderedBlock {
  const { title, url, href, data } = block;
  const alt = data.alt ?? '';
  const img = data.picture
    ? renderPicture(data.picture, FULL_SIZES)
    : markup`<img src="${url ?? ''}" alt="${alt}" dir="auto" loading="lazy" decoding="async">`;
  const label = alt === '' ? markup` aria-label="${title ?? readHost(data.link ?? '')}"` : '';
  const linked = href
    ? markup`<a href="${localizeHref(href)}" rel="nofollow ugc noopener"${label}>${img}</a>`
    : img;
  const caption = title === null ? '' : markup`<figcaption dir="auto">${title}</figcaption>`;
  const fills = listFillClasses(block.layout);
  const fill = fills.length > 0 ? markup` class="${fills.join(' ')}"` : '';
  const focus = data.picture?.focus ? renderFocus(`#i-${block.id} img`, data.picture) : [];
  const anchor = focus.length > 0 ? markup` id="i-${block.id}"` : '';
  return {
    html: markup`<figure${anchor}${fill}>${linked}${caption}</figure>`,
    styles: [
      css.IMAGE_STYLE,
      ...(fills.length > 0 ? [css.FILL_STYLE] : []),
      css.BROKEN_IMAGE_STYLE,
      ...focus,
    ],
  };
}
