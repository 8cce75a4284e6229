import type { PublicPicture } from '@linkgrove/api';
import { type Html, html as markup } from '../../html.ts';

/** The width of the column of blocks, and half of it. */
export const FULL_SIZES = '(min-width:38rem) 35rem,calc(100vw - 2.5rem)';
export const HALF_SIZES = '(min-width:38rem) 17.5rem,50vw';

const LAZY = markup` loading="lazy" decoding="async"`;
/** For what is seen first. */
export const EAGER = markup` fetchpriority="high"`;

const listSources = ({ sources }: PublicPicture, type: string): string =>
  sources
    .filter((source) => source.type === type)
    .map(({ url, width }) => `${url} ${width}w`)
    .join(',');

/** With its size, so that nothing moves when it arrives. */
export function renderPicture(picture: PublicPicture, sizes: string, loading = LAZY): Html {
  const { url, width, height, alt } = picture;
  const [avif, webp] = [listSources(picture, 'image/avif'), listSources(picture, 'image/webp')];
  const source = avif === '' ? '' : markup`<source type="image/avif" srcset="${avif}" sizes="${sizes}">`;
  return markup`<picture>${source}<img src="${url}" srcset="${webp}" sizes="${sizes}" width="${width}" height="${height}" alt="${alt ?? ''}" dir="auto"${loading}></picture>`;
}

const LARGE_WIDTH = 640;

/** For what is opened to be seen large: without small sizes, and old browsers get the largest. */
export function renderLargePicture(picture: PublicPicture, sizes: string): Html {
  const { url, width, height, alt } = picture;
  const large = picture.sources.filter((source) => source.width >= LARGE_WIDTH);
  const avif = listSources({ ...picture, sources: large }, 'image/avif');
  if (avif === '') return renderPicture(picture, sizes);
  return markup`<picture><source type="image/avif" srcset="${avif}" sizes="${sizes}"><img src="${url}" width="${width}" height="${height}" alt="${alt ?? ''}" dir="auto"${LAZY}></picture>`;
}

/** Without its modern form, which small pictures hardly need: one element that a rule can address as a child. */
export function renderSmallPicture(
  picture: PublicPicture,
  { size, attributes }: { size: string; attributes: Html },
): Html {
  const { url, width, height } = picture;
  const sources = listSources(picture, 'image/webp');
  return markup`<img${attributes} src="${url}" srcset="${sources}" sizes="${size}" width="${width}" height="${height}" alt="">`;
}

const toPercent = (share: number): string => `${Math.round(share * 1_000) / 10}%`;

/** A rule for the element that keeps the point visible where its picture is cut. Contains numbers only. */
export const renderFocus = (selector: string, { focus }: PublicPicture): string[] =>
  focus ? [`${selector}{object-position:${toPercent(focus.x)} ${toPercent(focus.y)}}\n`] : [];

/** Where it may be loaded from: everything before the name of the object. */
export const findFileSource = (url: string, depth: 1 | 2): string =>
  new URL(depth === 1 ? '.' : '..', url).href;
