import type { PublicPage } from '@linkgrove/api';
import { type Html, html as markup } from '../html.ts';
import { EAGER, renderFocus, renderPicture, renderSmallPicture } from './blocks/picture.ts';
import type { Look } from './theme.ts';

export const findInitial = (title: string): string =>
  [...new Intl.Segmenter().segment(title)]
    .map(({ segment }) => segment)
    .find((one) => /[\p{L}\p{N}\p{S}]/u.test(one))
    ?.toUpperCase() ?? '·';

type Shown = { html: Html; styles: string[] };

function renderFace({ avatarUrl, avatar, title }: PublicPage): Shown {
  const initial = findInitial(title);
  if (avatar) {
    const attributes = markup` class="face" data-initial="${initial}"`;
    return {
      html: renderSmallPicture(avatar, { size: '8.5rem', attributes }),
      styles: renderFocus('.face', avatar),
    };
  }
  const html =
    avatarUrl === null
      ? markup`<div class="face" aria-hidden="true">${initial}</div>`
      : markup`<img class="face" src="${avatarUrl}" alt="" width="96" height="96" data-initial="${initial}">`;
  return { html, styles: [] };
}

// Text begins where nothing is left of the picture, so that its contrast is that of the ground.
const HERO_STYLE = `.hero{height:min(100vw,62vh)}
.hero img{display:block;width:100%;height:100%;object-fit:cover;-webkit-mask:linear-gradient(#000 55%,#0000 calc(100% - 1.5rem));mask:linear-gradient(#000 55%,#0000 calc(100% - 1.5rem))}
main{padding-top:0}
header{margin-top:-1.25rem}
h1{font-size:clamp(2rem,8vw,2.75rem);line-height:1.05}
@media(min-width:38rem){.hero{width:min(100% - 2.5rem,35rem);height:26rem;margin:2rem auto 0}.hero img{border-radius:var(--corner) var(--corner) 0 0}}
`;

/** On wide screens, next to the page and as high as the window. */
const SIDE_STYLE = `@media screen and (min-width:64rem){.hero{position:fixed;inset-block:0;inset-inline-start:0;width:42vw;height:auto;margin:0}.hero img{border-radius:0;-webkit-mask:none;mask:none}body{padding-inline-start:42vw}main{padding-top:clamp(2.25rem,7vh,4.5rem)}header{margin-top:0}}
`;

const BANNER_STYLE = `.banner{height:clamp(7.5rem,28vw,13rem);background:linear-gradient(120deg,var(--accent),color-mix(in srgb,var(--accent) 40%,var(--ground)))}
.banner img{display:block;width:100%;height:100%;object-fit:cover}
main{padding-top:1.5rem}
.face{margin-top:calc(var(--face)*var(--tall)*-.5 - 1.5rem)}
@media(min-width:48rem){.banner{width:min(100% - 2.5rem,56rem);margin:1.25rem auto 0;border-radius:1.25rem;overflow:hidden}}
`;

type Source = { url: string | null; picture: PublicPage['avatar'] };

function renderWide(name: 'hero' | 'banner', { url, picture }: Source): Shown | undefined {
  if (picture)
    return {
      html: markup`<div class="${name}">${renderPicture(picture, '(min-width:48rem) 56rem,100vw', EAGER)}</div>`,
      styles: renderFocus(`.${name} img`, picture),
    };
  return url === null
    ? undefined
    : { html: markup`<div class="${name}"><img src="${url}" alt=""></div>`, styles: [] };
}

export type Top = {
  /** Before `main`. */
  band: Html | '';
  face: Html | '';
  styles: string[];
};

/** A hero without a picture is one of large letters. */
export function renderTop(page: PublicPage, { header, hasAvatar }: Look, isList: boolean): Top {
  const face = hasAvatar ? renderFace(page) : undefined;
  const cover = page.cover ?? { url: null, picture: null };
  if (header === 'hero') {
    const hero =
      renderWide('hero', cover) ?? renderWide('hero', { url: page.avatarUrl, picture: page.avatar });
    const style = isList ? HERO_STYLE + SIDE_STYLE : HERO_STYLE;
    return { band: hero?.html ?? '', face: '', styles: hero ? [style, ...hero.styles] : [] };
  }
  const faceParts = { face: face?.html ?? '', styles: face?.styles ?? [] } as const;
  if (header === 'classic') return { band: '', ...faceParts };
  const banner = renderWide('banner', cover) ?? { html: markup`<div class="banner"></div>`, styles: [] };
  return {
    band: banner.html,
    face: faceParts.face,
    styles: [BANNER_STYLE, ...faceParts.styles, ...banner.styles],
  };
}
