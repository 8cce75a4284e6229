import type { PublicPage } from '@linkgrove/api';
import { type Html, html as markup } from '../html.ts';
import type { Look } from './theme.ts';

export const findInitial = (title: string): string =>
  [...new Intl.Segmenter().segment(title)]
    .map(({ segment }) => segment)
    .find((one) => /[\p{L}\p{N}\p{S}]/u.test(one))
    ?.toUpperCase() ?? '·';

const renderFace = ({ avatarUrl, title }: PublicPage): Html =>
  avatarUrl === null
    ? markup`<div class="face" aria-hidden="true">${findInitial(title)}</div>`
    : markup`<img class="face" src="${avatarUrl}" alt="" width="96" height="96" data-initial="${findInitial(title)}">`;

// Text begins where nothing is left of the picture, so that its contrast is that of the ground.
const HERO_STYLE = `.hero{height:min(100vw,62vh);background:var(--ground)}
.hero img{display:block;width:100%;height:100%;object-fit:cover;-webkit-mask:linear-gradient(#000 55%,#0000 calc(100% - 1.5rem));mask:linear-gradient(#000 55%,#0000 calc(100% - 1.5rem))}
main{padding-top:0}
header{margin-top:-1.25rem}
h1{font-size:clamp(2rem,8vw,2.75rem);line-height:1.05}
@media(min-width:38rem){.hero{width:min(100% - 2.5rem,35rem);height:26rem;margin:2rem auto 0}.hero img{border-radius:var(--corner) var(--corner) 0 0}}
`;

const BANNER_STYLE = `.banner{height:clamp(7.5rem,28vw,13rem);background:linear-gradient(120deg,var(--accent),color-mix(in srgb,var(--accent) 40%,var(--ground)))}
.banner img{display:block;width:100%;height:100%;object-fit:cover}
main{padding-top:1.5rem}
.face{margin-top:calc(var(--face)*var(--tall)*-.5 - 1.5rem)}
@media(min-width:48rem){.banner{width:min(100% - 2.5rem,56rem);margin:1.25rem auto 0;border-radius:1.25rem;overflow:hidden}}
`;

const renderPlainPicture = (url: string): Html => markup`<img src="${url}" alt="">`;

export type Top = {
  /** Before `main`. */
  band: Html | '';
  face: Html | '';
  styles: string[];
};

/** A hero without a picture is one of large letters. */
export function renderTop(page: PublicPage, { header, hasAvatar }: Look): Top {
  const face = hasAvatar ? renderFace(page) : '';
  if (header === 'banner') return { band: markup`<div class="banner"></div>`, face, styles: [BANNER_STYLE] };
  if (header === 'hero' && page.avatarUrl !== null)
    return {
      band: markup`<div class="hero">${renderPlainPicture(page.avatarUrl)}</div>`,
      face: '',
      styles: [HERO_STYLE],
    };
  return { band: '', face: header === 'hero' ? '' : face, styles: [] };
}
