import type { PublicPage } from '@linkgrove/api';
import { type Html, html as markup } from '../html.ts';
import { EAGER, findFileSource, renderFocus, renderPicture } from './blocks/picture.ts';

const STYLE = `.backdrop{position:fixed;inset:0;height:100lvh;z-index:-1;background:var(--ground)}
.backdrop :is(img,video){position:absolute;inset:0;width:100%;height:100%;object-fit:cover}
.backdrop::after{content:"";position:absolute;inset:0;background:var(--scrim)}
@media print{.backdrop{display:none}}
`;

// Browsers that do not know `media` of a source hide the video by the first rule.
const VIDEO_STYLE = `@media(prefers-reduced-motion:reduce){.backdrop video{display:none}}
body:has(.still :checked) .backdrop video{display:none}
.still{display:inline-flex;align-items:center;gap:.5rem;min-height:2.75rem;cursor:pointer}
.still input{width:1.125rem;height:1.125rem;accent-color:var(--accent)}
@media(prefers-reduced-motion:reduce){.still{display:none}}
`;

export type Backdrop = { html: Html | ''; control: Html | ''; styles: string[] };

/** `stop` names the control for visitors who do not want the video to move. */
export function renderBackdrop({ backdrop }: PublicPage, stop: string): Backdrop {
  if (!backdrop) return { html: '', control: '', styles: [] };
  const { url, picture, video } = backdrop;
  const still = picture
    ? renderPicture(picture, '100vw', EAGER)
    : url === null
      ? ''
      : markup`<img src="${url}" alt="">`;
  const moving = video
    ? markup`<video autoplay muted loop playsinline disablepictureinpicture tabindex="-1"><source src="${video.url}" type="${video.type}" media="(prefers-reduced-motion:no-preference)"></video>`
    : '';
  return {
    html: markup`<div class="backdrop" aria-hidden="true">${still}${moving}</div>`,
    control: video ? markup`<label class="still"><input type="checkbox">${stop}</label>` : '',
    styles: [
      STYLE,
      ...(picture ? renderFocus('.backdrop img', picture) : []),
      ...(video ? [VIDEO_STYLE] : []),
    ],
  };
}

const listPictureSource = (url: string | null, picture: PublicPage['avatar']): string[] =>
  url === null ? [] : [picture ? findFileSource(picture.url, 1) : new URL(url).protocol];

/** Where everything outside of the blocks is loaded from. */
export const listFrameSources = ({ avatarUrl, avatar, cover, backdrop }: PublicPage) => ({
  images: [
    ...listPictureSource(avatarUrl, avatar),
    ...(cover ? listPictureSource(cover.url, cover.picture) : []),
    ...(backdrop ? listPictureSource(backdrop.url, backdrop.picture) : []),
  ],
  media: backdrop?.video ? [findFileSource(backdrop.video.url, 2)] : [],
});
