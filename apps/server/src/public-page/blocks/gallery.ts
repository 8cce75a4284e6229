import { html as markup } from '../../html.ts';
import { FULL_SIZES, HALF_SIZES, renderFocus, renderLargePicture, renderPicture } from './picture.ts';
import { type BlockContext, type OpenBlockOf, renderHeading, type RenderedBlock } from './shared.ts';

// The large pictures are there from the start, shown by the fragment of the address, and loaded when they are shown.
const STYLE = `.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(9rem,45%),1fr));gap:.5rem}
h2+.gallery{margin-top:.75rem}
.gallery:has(>:last-child:nth-child(3n)){grid-template-columns:repeat(3,1fr)}
.gallery>li>a{display:block}
.gallery>li>a img{display:block;width:100%;height:auto;aspect-ratio:1;object-fit:cover;border-radius:var(--corner)}
.box{display:none;position:fixed;inset:0;z-index:9;padding:3.5rem 1rem 1rem;place-items:center;background:#000d;color:#fff;overflow:auto}
.box:target{display:grid}
.box figure{height:auto;max-width:100%}
.box figure a{display:block}
.box img{display:block;max-width:100%;max-height:calc(100dvh - 8rem);width:auto;height:auto;margin:auto}
.box figcaption{color:#fff}
.box>a{position:fixed;top:.25rem;inset-inline-end:.5rem;display:grid;place-items:center;width:2.75rem;height:2.75rem;font-size:1.75rem;text-decoration:none;color:#fff}
`;

export function renderGallery(
  { id, title, data }: OpenBlockOf<'gallery'>,
  { locale, localizeHref }: BlockContext,
): RenderedBlock {
  const { messages } = locale;
  const anchor = `g-${id}`;
  const items = data.items.map(({ picture, caption, href }, index) => {
    const box = `${anchor}-${index}`;
    const label = caption ?? picture.alt ?? `${index + 1} / ${data.items.length}`;
    const text = caption === null ? '' : markup`<figcaption dir="auto">${caption}</figcaption>`;
    return markup`<li><a id="${box}-a" href="#${box}" aria-label="${label}">${renderPicture(picture, HALF_SIZES)}</a><div class="box" id="${box}" role="dialog" aria-label="${label}"><a href="#${box}-a" aria-label="${messages.backToPage}">×</a><figure><a href="${localizeHref(href)}" rel="nofollow" aria-label="${label}">${renderLargePicture(picture, FULL_SIZES)}</a>${text}</figure></div></li>`;
  });
  const heading = title === null ? '' : renderHeading(title);
  const focus = data.items.flatMap(({ picture }, index) => renderFocus(`#${anchor}-${index}-a img`, picture));
  return {
    html: markup`${heading}<ul class="gallery" id="${anchor}">${items}</ul>`,
    styles: [STYLE, ...focus],
  };
}
