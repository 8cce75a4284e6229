import { formatMessage } from '@linkgrove/api';
import * as css from '../../assets/public-page-style.ts';
import { html as markup } from '../../html.ts';
import { type BlockContext, isTall, type OpenBlockOf, type RenderedBlock } from './shared.ts';

const PLAYER_NAMES: Record<string, string> = {
  'www.youtube-nocookie.com': 'YouTube',
  'player.vimeo.com': 'Vimeo',
  'open.spotify.com': 'Spotify',
  'w.soundcloud.com': 'SoundCloud',
  'embed.music.apple.com': 'Apple Music',
  'embed.podcasts.apple.com': 'Apple Podcasts',
  'player.twitch.tv': 'Twitch',
  'clips.twitch.tv': 'Twitch',
  'www.tiktok.com': 'TikTok',
  'www.instagram.com': 'Instagram',
  'bandcamp.com': 'Bandcamp',
};
function findPlayerHeight(player: URL): number | undefined {
  if (player.host === 'open.spotify.com')
    return /^\/embed\/(track|episode)\//.test(player.pathname) ? 152 : 352;
  if (player.host === 'w.soundcloud.com') return player.search.includes('sets') ? 300 : 166;
  if (player.host === 'embed.music.apple.com') return player.pathname.includes('/song/') ? 175 : 450;
  if (player.host === 'embed.podcasts.apple.com') return player.search === '' ? 450 : 175;
  if (player.host === 'bandcamp.com') return 120;
  if (player.host === 'www.instagram.com' || player.host === 'www.tiktok.com') return 640;
  return undefined;
}

/** Twitch shows its player only on the hosts named in its URL. */
function addParent(player: URL, host: string): URL {
  if (player.host === 'player.twitch.tv' || player.host === 'clips.twitch.tv')
    player.searchParams.set('parent', host);
  return player;
}

/** With a link for visitors whose browser or network does not load the player. */
export function renderEmbed(
  block: OpenBlockOf<'embed'>,
  { locale, localizeHref, pageHost }: BlockContext,
): RenderedBlock {
  const player = addParent(new URL(block.data.player), pageHost);
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
