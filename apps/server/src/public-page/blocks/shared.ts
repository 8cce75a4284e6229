import type { Locale, PublicBlock } from '@linkgrove/api';
import * as css from '../../assets/public-page-style.ts';
// Called `markup` because the formatter would add line breaks to templates tagged `html`.
import { type Html, html as markup } from '../../html.ts';

import { renderFocus, renderSmallPicture } from './picture.ts';

export type RenderedBlock = { html: Html; styles: string[] };
export type BlockOf<T extends PublicBlock['type']> = Extract<PublicBlock, { type: T }>;
/** A block whose gate, if it has one, is open. */
export type OpenBlockOf<T extends PublicBlock['type']> = BlockOf<T> & {
  data: NonNullable<BlockOf<T>['data']>;
};

export type BlockContext = {
  locale: Locale;
  /** BCP 47 tag of the page, for numbers and dates. */
  language: string;
  localizeHref: (href: string | null) => string;
  /** The host name under which visitors see the page. */
  pageHost: string;
  /** Then it does without what only paper shows. */
  isLong?: boolean;
  renderChildren: (groupId: string) => RenderedBlock[];
};

export const listTallClasses = ({ layout }: PublicBlock): string[] => [
  ...((layout?.mobile?.[3] ?? 1) > 1 ? ['tall-m'] : []),
  ...((layout?.desktop?.[3] ?? 1) > 1 ? ['tall-d'] : []),
];
export const isTall = (block: PublicBlock): boolean => listTallClasses(block).length > 0;

type Button = {
  href: string;
  label: string;
  note?: string | null;
  thumbnail?: Html | '';
  target?: string;
};

export function renderButton(
  block: PublicBlock,
  { href, label, note = null, thumbnail = '', target = '' }: Button,
): RenderedBlock {
  const classes = [
    'button',
    ...(thumbnail === '' ? [] : ['with']),
    ...(block.pinned ? ['pinned'] : []),
    ...listTallClasses(block),
  ];
  const title = markup`<bdi>${label}</bdi>`;
  const text = note === null ? title : markup`<span>${title}<small dir="auto">${note}</small></span>`;
  const printed = target && markup` data-to="${target}"`;
  return {
    html: markup`<a class="${classes.join(' ')}" href="${href}" rel="nofollow ugc noopener"${printed}>${thumbnail}${text}</a>`,
    styles: [
      css.BUTTON_STYLE,
      ...(note === null ? [] : [css.NOTE_STYLE]),
      ...(target === '' ? [] : [css.PRINT_STYLE]),
      ...(block.pinned ? [css.PINNED_STYLE] : []),
      ...(thumbnail === '' ? [] : [css.THUMBNAIL_STYLE]),
      ...(block.thumbnailUrl === null ? [] : [css.THUMBNAIL_PICTURE_STYLE]),
      ...listThumbnailStyles(block),
    ],
  };
}

type Thumbnailed = Pick<PublicBlock, 'id' | 'thumbnail' | 'thumbnailUrl'>;

/** Empty without a thumbnail. */
export function renderThumbnail({ id, thumbnail, thumbnailUrl }: Thumbnailed, size = 44): Html | '' {
  if (thumbnailUrl === null) return '';
  if (thumbnail === null)
    return markup`<img src="${thumbnailUrl}" alt="" width="${size}" height="${size}" loading="lazy">`;
  const anchor = thumbnail.focus === null ? '' : markup` id="t-${id}"`;
  return renderSmallPicture(thumbnail, { size: `${size}px`, attributes: markup`${anchor} loading="lazy"` });
}

export const listThumbnailStyles = ({ id, thumbnail }: Thumbnailed): string[] =>
  thumbnail ? renderFocus(`#t-${id}`, thumbnail) : [];

export const renderHeading = (title: string): Html => markup`<h2 dir="auto">${title}</h2>`;

/** A small link or button inside of a block that is a card. */
export const renderChip = (href: string, label: string): Html =>
  markup`<a class="chip" href="${href}" rel="nofollow ugc noopener"><bdi>${label}</bdi></a>`;

/** Style of `renderCard` and `renderChip`. */
export const CARD_STYLE = `.card{height:100%;padding:1.125rem 1.25rem;border:var(--border) solid var(--edge);border-radius:var(--corner);background:var(--card);color:var(--on-card)}
.card h2{margin:0 0 .375rem;text-align:start}
.card a:not(.chip){color:var(--link)}
.chips{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.875rem}
.chip{display:inline-flex;align-items:center;gap:.5rem;min-height:2.75rem;padding:.25rem 1rem;border:var(--border) solid var(--edge);border-radius:var(--radius);background:var(--button);color:var(--on-button);box-shadow:inset 0 0 0 1px color-mix(in srgb,var(--on-button) 22%,transparent);font-weight:600;text-decoration:none}
.chip:hover,a.card:hover strong{text-decoration:underline}
`;

export function renderCard(title: string | null, body: Html | Html[], styles: string[] = []): RenderedBlock {
  const heading = title === null ? '' : renderHeading(title);
  return { html: markup`<div class="card">${heading}${body}</div>`, styles: [CARD_STYLE, ...styles] };
}

/** `amount` is in the smallest unit of the currency. */
export function formatPrice(language: string, amount: number, currency: string): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  const value = amount / 10 ** digits;
  return Number.isInteger(value)
    ? new Intl.NumberFormat(language, { style: 'currency', currency, maximumFractionDigits: 0 }).format(value)
    : format.format(value);
}
