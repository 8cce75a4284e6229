import { formatMessage, type Locale, type PublicBlock, readContactUrl, readHost } from '@linkgrove/api';
import * as css from '../assets/public-page-style.ts';
// Called `markup` because the formatter would add line breaks to templates tagged `html`.
import { Html, html as markup } from '../html.ts';
import { renderGlyph, type GlyphName } from './glyph.ts';
import type { Sources } from './shell.ts';

export type RenderedBlock = { html: Html; styles: string[] };
type BlockOf<T extends PublicBlock['type']> = Extract<PublicBlock, { type: T }>;

const listTallClasses = ({ layout }: PublicBlock): string[] => [
  ...((layout?.mobile?.[3] ?? 1) > 1 ? ['tall-m'] : []),
  ...((layout?.desktop?.[3] ?? 1) > 1 ? ['tall-d'] : []),
];
const isTall = (block: PublicBlock): boolean => listTallClasses(block).length > 0;

export type BlockContext = {
  locale: Locale;
  localizeHref: (href: string | null) => string;
};

type Button = {
  href: string;
  label: string;
  note?: string | null;
  thumbnail?: Html | '';
  target?: string;
};

function renderButton(
  block: PublicBlock,
  { href, label, note = null, thumbnail = '', target = '' }: Button,
): RenderedBlock {
  const classes = [
    'button',
    ...(note === null ? ['one'] : []),
    ...(thumbnail === '' ? [] : ['with']),
    ...(block.pinned ? ['pinned'] : []),
    ...listTallClasses(block),
  ];
  const subtitle = note === null ? '' : markup`<small dir="auto">${note}</small>`;
  const printed = target && markup` data-to="${target}"`;
  return {
    html: markup`<a class="${classes.join(' ')}" href="${href}" rel="nofollow ugc noopener"${printed}>${thumbnail}<span><bdi>${label}</bdi>${subtitle}</span></a>`,
    styles: [
      css.BUTTON_STYLE,
      ...(block.pinned ? [css.PINNED_STYLE] : []),
      ...(thumbnail === '' ? [] : [css.THUMBNAIL_STYLE]),
    ],
  };
}

const renderThumbnail = (src: string): Html =>
  markup`<img src="${src}" alt="" width="44" height="44" loading="lazy">`;

type Gate = NonNullable<PublicBlock['gate']>;
const formatGateNote = (locale: Locale, gate: Gate): string =>
  gate === 'sensitive'
    ? locale.messages.sensitiveContent
    : formatMessage(locale, locale.messages.ageOnly, { age: Number.parseInt(gate, 10) });

const renderGatedBlock = (block: PublicBlock, { locale, localizeHref }: BlockContext): RenderedBlock =>
  renderButton(block, {
    href: localizeHref(block.href),
    label: block.title ?? locale.messages.hiddenContent,
    note: formatGateNote(locale, block.gate ?? 'sensitive'),
    thumbnail: renderGlyph('gate'),
  });

const renderLink = (block: BlockOf<'link'>, { localizeHref }: BlockContext): RenderedBlock =>
  renderButton(block, {
    href: localizeHref(block.href),
    label: block.title ?? readHost(block.url ?? ''),
    note: block.data?.description ?? null,
    thumbnail: block.thumbnailUrl === null ? '' : renderThumbnail(block.thumbnailUrl),
    target: readHost(block.url ?? ''),
  });

// Links directly, since in-app browsers do not follow a redirect to `mailto:` or `tel:`.
const renderContact = (block: BlockOf<'email' | 'phone'>): RenderedBlock => {
  const { display: address } = readContactUrl(block.url ?? '');
  return renderButton(block, {
    href: block.url ?? '',
    label: block.title ?? address,
    thumbnail: block.thumbnailUrl === null ? renderGlyph(block.type) : renderThumbnail(block.thumbnailUrl),
    target: address,
  });
};

const renderHeading = (title: string): Html => markup`<h2 dir="auto">${title}</h2>`;

const renderText = ({ title, data }: BlockOf<'text'>): RenderedBlock => {
  const heading = title === null ? '' : renderHeading(title);
  return {
    html: markup`<div class="text">${heading}${new Html(data?.html ?? '')}</div>`,
    styles: [css.TEXT_STYLE],
  };
};

function renderImage(block: BlockOf<'image'>, { localizeHref }: BlockContext): RenderedBlock {
  const { title, url, href, data } = block;
  const alt = data?.alt ?? '';
  const img = markup`<img src="${url ?? ''}" alt="${alt}" dir="auto" loading="lazy" decoding="async">`;
  const label = alt === '' ? markup` aria-label="${title ?? readHost(data?.link ?? '')}"` : '';
  const linked = href
    ? markup`<a href="${localizeHref(href)}" rel="nofollow ugc noopener"${label}>${img}</a>`
    : img;
  const caption = title === null ? '' : markup`<figcaption dir="auto">${title}</figcaption>`;
  const fill = isTall(block) ? markup` class="fill"` : '';
  return {
    html: markup`<figure${fill}>${linked}${caption}</figure>`,
    styles: [css.IMAGE_STYLE, css.BROKEN_IMAGE_STYLE],
  };
}

const PLAYER_NAMES: Record<string, string> = {
  'www.youtube-nocookie.com': 'YouTube',
  'player.vimeo.com': 'Vimeo',
  'open.spotify.com': 'Spotify',
  'w.soundcloud.com': 'SoundCloud',
  'embed.music.apple.com': 'Apple Music',
};
function findPlayerHeight(player: URL): number | undefined {
  if (player.host === 'open.spotify.com')
    return /^\/embed\/(track|episode)\//.test(player.pathname) ? 152 : 352;
  if (player.host === 'w.soundcloud.com') return player.search.includes('sets') ? 300 : 166;
  if (player.host === 'embed.music.apple.com') return player.pathname.includes('/song/') ? 175 : 450;
  return undefined;
}

/** With a link for visitors whose browser or network does not load the player. */
function renderEmbed(block: BlockOf<'embed'>, { locale, localizeHref }: BlockContext): RenderedBlock {
  const player = new URL(block.data?.player ?? '');
  const provider = PLAYER_NAMES[player.host] ?? player.host;
  const height = findPlayerHeight(player);
  const shape = isTall(block) ? 'fill' : height === undefined ? 'video' : 'audio';
  const title = block.title ?? formatMessage(locale, locale.messages.embedTitle, { provider });
  const open = formatMessage(locale, locale.messages.embedOpen, { provider });
  return {
    html: markup`<div class="embed"><iframe class="${shape}" src="${player.href}" title="${title}" height="${height ?? 315}" loading="lazy" sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-presentation" allow="autoplay; encrypted-media; fullscreen; picture-in-picture" referrerpolicy="strict-origin-when-cross-origin"></iframe><a href="${localizeHref(block.href)}" rel="nofollow ugc noopener">${open}</a></div>`,
    styles: [css.EMBED_STYLE],
  };
}

const PLATFORM_NAMES: Partial<Record<GlyphName, string>> = {
  github: 'GitHub',
  linkedin: 'LinkedIn',
  soundcloud: 'SoundCloud',
  tiktok: 'TikTok',
  whatsapp: 'WhatsApp',
  youtube: 'YouTube',
};
export const getPlatformName = (platform: GlyphName): string =>
  PLATFORM_NAMES[platform] ?? `${platform.charAt(0).toUpperCase()}${platform.slice(1)}`;

export function renderSocialRow(
  { title, data }: BlockOf<'social'>,
  { locale, localizeHref }: BlockContext,
): RenderedBlock {
  const items = (data?.profiles ?? []).map(({ platform, url, href }) => {
    const label = platform === 'website' ? readHost(url) : getPlatformName(platform);
    return markup`<li><a href="${localizeHref(href)}" rel="me noopener" aria-label="${label}">${renderGlyph(platform)}</a></li>`;
  });
  return {
    html: markup`<ul class="social" aria-label="${title ?? locale.messages.profiles}">${items}</ul>`,
    styles: [css.SOCIAL_STYLE],
  };
}

export function renderBlock(block: PublicBlock, context: BlockContext): RenderedBlock {
  if (block.gate !== null && block.data === null) return renderGatedBlock(block, context);
  switch (block.type) {
    case 'link':
      return renderLink(block, context);
    case 'heading':
      return { html: renderHeading(block.title ?? ''), styles: [] };
    case 'text':
      return renderText(block);
    case 'image':
      return renderImage(block, context);
    case 'embed':
      return renderEmbed(block, context);
    case 'social':
      return renderSocialRow(block, context);
    case 'email':
    case 'phone':
      return renderContact(block);
  }
}

const unique = <T>(values: T[]): T[] => [...new Set(values)];

export function listContentSources(blocks: PublicBlock[], avatarUrl: string | null = null): Sources {
  const blockImages = blocks.flatMap(({ thumbnailUrl, type, url }) => [
    thumbnailUrl,
    type === 'image' ? url : null,
  ]);
  const images = [avatarUrl, ...blockImages].flatMap((url) => (url === null ? [] : [new URL(url).protocol]));
  const frames = blocks.flatMap(({ data }) =>
    data && 'player' in data ? [new URL(data.player).origin] : [],
  );
  return { images: unique(images), frames: unique(frames) };
}
