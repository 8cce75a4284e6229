import type { PublicBlock } from '@linkgrove/api';
import * as css from '../assets/public-page-style.ts';
// Not called `html`, since the formatter would put line breaks into what is sent a million times.
import { Html, html as markup } from '../html.ts';
import { renderGlyph, type GlyphName } from './glyph.ts';
import type { Sources } from './shell.ts';

/** A piece of a page, and the styles without which it would not look right. */
export type RenderedBlock = { html: Html; styles: string[] };
type Of<T extends PublicBlock['type']> = Extract<PublicBlock, { type: T }>;

/** On which screens a block is more than one row of the grid high, and stands rather than lies. */
const tallness = ({ layout }: PublicBlock): string[] => [
  ...((layout?.mobile?.[3] ?? 1) > 1 ? ['tall-m'] : []),
  ...((layout?.desktop?.[3] ?? 1) > 1 ? ['tall-d'] : []),
];
const isTall = (block: PublicBlock): boolean => tallness(block).length > 0;

/** Makes addresses of our own relative to the host that the page came from, and leaves others as they are. */
export type Local = (href: string | null) => string;
export const findHost = (url: string): string => (URL.canParse(url) ? new URL(url).host : '');

type Button = {
  href: string;
  label: string;
  small?: string | null;
  front?: Html | '';
  to?: string;
  rel?: string;
};

function button(
  block: PublicBlock,
  { href, label, small = null, front = '', to = '', rel }: Button,
): RenderedBlock {
  const classes = [
    'button',
    ...(small === null ? ['one'] : []),
    ...(front === '' ? [] : ['with']),
    ...(block.pinned ? ['pinned'] : []),
    ...tallness(block),
  ];
  const text = small === null ? markup`${label}` : markup`${label}<small>${small}</small>`;
  const target = to && markup` data-to="${to}"`;
  return {
    html: markup`<a class="${classes.join(' ')}" href="${href}" rel="${rel ?? 'nofollow ugc noopener'}"${target}>${front}<span>${text}</span></a>`,
    styles: front === '' ? [css.BUTTON_STYLE] : [css.BUTTON_STYLE, css.THUMBNAIL_STYLE],
  };
}

const picture = (src: string): Html =>
  markup`<img src="${src}" alt="" width="44" height="44" loading="lazy">`;

const GATES = { sensitive: 'Sensitive content', '18+': '18+ only', '21+': '21+ only', '25+': '25+ only' };

/** What is behind a gate is not in the page; only that there is something. */
const gated = (block: PublicBlock, local: Local): RenderedBlock =>
  button(block, {
    href: local(block.href),
    label: block.title ?? 'Hidden content',
    small: GATES[block.gate ?? 'sensitive'],
    front: renderGlyph('gate'),
  });

const link = (block: Of<'link'>, local: Local): RenderedBlock =>
  button(block, {
    href: local(block.href),
    label: block.title ?? findHost(block.url ?? ''),
    small: block.data?.description ?? null,
    front: block.thumbnailUrl === null ? '' : picture(block.thumbnailUrl),
    to: findHost(block.url ?? ''),
  });

// Straight to the program that writes or calls: apps that show pages inside themselves follow no redirect there.
const contact = (block: Of<'email' | 'phone'>): RenderedBlock => {
  const address = decodeURIComponent((block.url ?? '').replace(/^\w+:|\?.*$/g, ''));
  return button(block, {
    href: block.url ?? '',
    label: block.title ?? address,
    front: block.thumbnailUrl === null ? renderGlyph(block.type) : picture(block.thumbnailUrl),
    to: address,
  });
};

const text = ({ title, data }: Of<'text'>): RenderedBlock => {
  const heading = title === null ? '' : markup`<h2>${title}</h2>`;
  return {
    html: markup`<div class="text">${heading}${new Html(data?.html ?? '')}</div>`,
    styles: [css.TEXT_STYLE],
  };
};

function image(block: Of<'image'>, local: Local): RenderedBlock {
  const { title, url, href, data } = block;
  const alt = data?.alt ?? '';
  const shown = markup`<img src="${url ?? ''}" alt="${alt}" loading="lazy" decoding="async">`;
  const label = alt === '' ? markup` aria-label="${title ?? findHost(data?.link ?? '')}"` : '';
  const linked = href
    ? markup`<a href="${local(href)}" rel="nofollow ugc noopener"${label}>${shown}</a>`
    : shown;
  const caption = title === null ? '' : markup`<figcaption>${title}</figcaption>`;
  const fill = isTall(block) ? markup` class="fill"` : '';
  return { html: markup`<figure${fill}>${linked}${caption}</figure>`, styles: [css.IMAGE_STYLE] };
}

const PROVIDERS: Record<string, string> = {
  'www.youtube-nocookie.com': 'YouTube',
  'player.vimeo.com': 'Vimeo',
  'open.spotify.com': 'Spotify',
  'w.soundcloud.com': 'SoundCloud',
  'embed.music.apple.com': 'Apple Music',
};
/** Heights that the players are made for; of the others, the width decides. */
function heightOf(player: URL): number | undefined {
  if (player.host === 'open.spotify.com')
    return /^\/embed\/(track|episode)\//.test(player.pathname) ? 152 : 352;
  if (player.host === 'w.soundcloud.com') return player.search.includes('sets') ? 300 : 166;
  if (player.host === 'embed.music.apple.com') return player.pathname.includes('/song/') ? 175 : 450;
  return undefined;
}

function embed(block: Of<'embed'>): RenderedBlock {
  const player = new URL(block.data?.player ?? '');
  const provider = PROVIDERS[player.host] ?? player.host;
  const height = heightOf(player);
  const shape = isTall(block) ? 'fill' : height === undefined ? 'video' : 'audio';
  return {
    html: markup`<iframe class="${shape}" src="${player.href}" title="${block.title ?? provider}" height="${height ?? 315}" loading="lazy" sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-presentation" allow="autoplay; encrypted-media; fullscreen; picture-in-picture" referrerpolicy="strict-origin-when-cross-origin"></iframe>`,
    styles: [css.EMBED_STYLE],
  };
}

const NAMES: Partial<Record<GlyphName, string>> = {
  github: 'GitHub',
  linkedin: 'LinkedIn',
  soundcloud: 'SoundCloud',
  tiktok: 'TikTok',
  whatsapp: 'WhatsApp',
  youtube: 'YouTube',
};
const nameOf = (platform: GlyphName): string =>
  NAMES[platform] ?? `${platform.charAt(0).toUpperCase()}${platform.slice(1)}`;

/** A row of glyphs; each says where it leads to those who do not see it. */
export function renderSocialRow({ title, data }: Of<'social'>, local: Local): RenderedBlock {
  const items = (data?.profiles ?? []).map(({ platform, url, href }) => {
    const label = platform === 'website' ? findHost(url) : nameOf(platform);
    return markup`<li><a href="${local(href)}" rel="me noopener" aria-label="${label}">${renderGlyph(platform)}</a></li>`;
  });
  return {
    html: markup`<ul class="social" aria-label="${title ?? 'Profiles'}">${items}</ul>`,
    styles: [css.SOCIAL_STYLE],
  };
}

/** A block as HTML. Whatever its owner typed is text in it. */
export function renderBlock(block: PublicBlock, local: Local): RenderedBlock {
  if (block.gate !== null && block.data === null) return gated(block, local);
  switch (block.type) {
    case 'link':
      return link(block, local);
    case 'heading':
      return { html: markup`<h2>${block.title ?? ''}</h2>`, styles: [] };
    case 'text':
      return text(block);
    case 'image':
      return image(block, local);
    case 'embed':
      return embed(block);
    case 'social':
      return renderSocialRow(block, local);
    case 'email':
    case 'phone':
      return contact(block);
  }
}

const unique = <T>(values: T[]): T[] => [...new Set(values)];

/** What blocks, and a picture beside them, load: the schemes of pictures, and the origins of players. */
export function listContentSources(blocks: PublicBlock[], picture: string | null = null): Sources {
  const pictures = blocks.flatMap(({ thumbnailUrl, type, url }) => [
    thumbnailUrl,
    type === 'image' ? url : null,
  ]);
  const images = [picture, ...pictures].flatMap((url) => (url === null ? [] : [new URL(url).protocol]));
  const frames = blocks.flatMap(({ data }) =>
    data && 'player' in data ? [new URL(data.player).origin] : [],
  );
  return { images: unique(images), frames: unique(frames) };
}
