import { domainToUnicode } from 'node:url';
import { type CheckedUrl, createUrlRefusal } from './checked-url.ts';
import { checkMailto, checkTel } from './contact-urls.ts';
import { isDeceptiveHost } from './deceptive-host.ts';
import { encodeJoiners } from './url-joiners.ts';

export type UrlUse = 'link' | 'image' | 'embed' | 'email' | 'phone';

export const MAX_URL_LENGTH = 2_048;

// Invisible characters, spaces, and backslashes, which browsers read as slashes.
const HIDDEN = /[\p{C}\p{Z}\\]/u;
const RAW_HOST = /^https?:\/\/([^/?#]*)/i;
const HOST_NAME = /^(?:[\p{L}\p{M}\p{N}._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/iu;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

function checkWeb(given: string, schemes: readonly string[]): CheckedUrl {
  const text = encodeJoiners(given);
  if (HIDDEN.test(text))
    return createUrlRefusal('Must not contain spaces, backslashes or invisible characters');
  const rawHost = RAW_HOST.exec(text)?.[1] ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !schemes.includes(url.protocol)) {
    return createUrlRefusal(
      `Enter a link starting with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    );
  }
  if (url.username || url.password || rawHost.includes('@'))
    return createUrlRefusal('Remove the username and password from the link');
  // Browsers normalize full-width letters and the like, so the host would differ from what is shown.
  if (!HOST_NAME.test(rawHost) || rawHost !== rawHost.normalize('NFKC'))
    return createUrlRefusal('Write the domain as browsers show it');
  const isNumber = IPV4.test(url.hostname);
  if (isNumber && rawHost.replace(/:\d+$/, '') !== url.hostname)
    return createUrlRefusal('Write the domain as browsers show it');
  if (!isNumber && !url.hostname.startsWith('[') && isDeceptiveHost(url.hostname))
    return createUrlRefusal('The domain imitates another one');
  return { href: url.href };
}

const PROVIDERS: Record<string, (url: URL) => string | null> = {
  'www.youtube.com': (url) =>
    toYouTubePlayer(
      /^\/(?:shorts|embed|live)\/([\w-]{11})$/.exec(url.pathname)?.[1] ?? url.searchParams.get('v'),
    ),
  'youtu.be': (url) => toYouTubePlayer(url.pathname.slice(1)),
  'vimeo.com': (url) =>
    toPlayer(/^\/(?:video\/)?(\d{1,12})$/, url, (id) => `https://player.vimeo.com/video/${id}?dnt=1`),
  'open.spotify.com': (url) =>
    toPlayer(
      /^\/(?:intl-[a-z]{2}\/)?((?:track|album|playlist|artist|show|episode)\/[A-Za-z0-9]{22})$/,
      url,
      (id) => `https://open.spotify.com/embed/${id}`,
    ),
  'soundcloud.com': (url) =>
    toPlayer(
      /^\/([\w-]+(?:\/(?:sets\/)?[\w-]+)?)$/,
      url,
      (id) => `https://w.soundcloud.com/player/?url=${encodeURIComponent(`https://soundcloud.com/${id}`)}`,
    ),
  'music.apple.com': (url) =>
    toPlayer(
      /^\/([a-z]{2}\/(?:album|playlist|song)\/[\p{L}\p{N}%.-]+\/[\w.-]+)$/u,
      url,
      (id) => `https://embed.music.apple.com/${id}`,
    ),
  'www.tiktok.com': (url) =>
    toPlayer(/^\/@[\w.-]+\/video\/(\d{10,25})$/, url, (id) => `https://www.tiktok.com/player/v1/${id}`),
  'podcasts.apple.com': (url) => {
    const path = /^\/([a-z]{2}\/podcast\/(?:[\p{L}\p{N}%.-]+\/)?id\d{1,15})$/u.exec(url.pathname)?.[1];
    const episode = /^\d{1,18}$/.exec(url.searchParams.get('i') ?? '')?.[0];
    return path === undefined
      ? null
      : `https://embed.podcasts.apple.com/${path}${episode === undefined ? '' : `?i=${episode}`}`;
  },
  'www.instagram.com': (url) =>
    toPlayer(
      /^\/(?:[\w.]+\/)?((?:p|reel|tv)\/[\w-]{5,40})\/?$/,
      url,
      (id) => `https://www.instagram.com/${id}/embed/`,
    ),
  'www.twitch.tv': (url) => {
    const video = /^\/videos\/(\d{6,15})$/.exec(url.pathname)?.[1];
    const channel = /^\/(\w{3,25})\/?$/.exec(url.pathname)?.[1];
    if (video !== undefined) return `https://player.twitch.tv/?video=${video}`;
    return channel === undefined ? null : `https://player.twitch.tv/?channel=${channel}`;
  },
  'clips.twitch.tv': (url) =>
    toPlayer(/^\/([\w-]{5,100})$/, url, (id) => `https://clips.twitch.tv/embed?clip=${id}`),
  // The address of a release does not contain its number, so Bandcamp's own embed address is entered.
  'bandcamp.com': (url) =>
    toPlayer(
      /^\/EmbeddedPlayer\/(?:v=2\/)?((?:album|track)=\d{4,15})(?:\/|$)/,
      url,
      (id) => `https://bandcamp.com/EmbeddedPlayer/${id}/size=large/tracklist=false/artwork=small/`,
    ),
};
const ALIASES: Record<string, string> = {
  'youtube.com': 'www.youtube.com',
  'm.youtube.com': 'www.youtube.com',
  'music.youtube.com': 'www.youtube.com',
  'www.vimeo.com': 'vimeo.com',
  'www.soundcloud.com': 'soundcloud.com',
  'tiktok.com': 'www.tiktok.com',
  'm.tiktok.com': 'www.tiktok.com',
  'instagram.com': 'www.instagram.com',
  'twitch.tv': 'www.twitch.tv',
  'm.twitch.tv': 'www.twitch.tv',
};

const toYouTubePlayer = (id: string | null | undefined) =>
  id && /^[\w-]{11}$/.test(id) ? `https://www.youtube-nocookie.com/embed/${id}` : null;
const toPlayer = (path: RegExp, url: URL, player: (id: string) => string) => {
  const id = path.exec(url.pathname)?.[1];
  return id === undefined ? null : player(id);
};

export function findEmbedPlayer(href: string): string | null {
  const url = new URL(href);
  return PROVIDERS[ALIASES[url.hostname] ?? url.hostname]?.(url) ?? null;
}

function checkEmbed(text: string): CheckedUrl {
  const checked = checkWeb(text, ['https:']);
  if (checked.href === undefined || findEmbedPlayer(checked.href)) return checked;
  return createUrlRefusal(
    'Enter a link to a video, track, episode or post of YouTube, Vimeo, Spotify, SoundCloud, Apple Music, Apple Podcasts, Twitch, TikTok, Instagram, or the embed address of Bandcamp',
  );
}

const WEB = ['https:', 'http:'] as const;
const CHECKS: Record<UrlUse, (text: string) => CheckedUrl> = {
  link: (text) => checkWeb(text, WEB),
  image: (text) => checkWeb(text, WEB),
  embed: checkEmbed,
  email: checkMailto,
  phone: checkTel,
};

const TOO_LONG = `Must have at most ${MAX_URL_LENGTH} characters`;

/** Call it when the URL is stored, and again before a redirect. Idempotent. */
export function checkUrl(use: UrlUse, text: string): CheckedUrl {
  if (text.length > MAX_URL_LENGTH) return createUrlRefusal(TOO_LONG);
  const checked = CHECKS[use](text);
  return checked.href !== undefined && checked.href.length > MAX_URL_LENGTH
    ? createUrlRefusal(TOO_LONG)
    : checked;
}

const NOT_ASCII = /\P{ASCII}/u;

/** Web pages in ASCII stay as typed, because owners expect to read that. */
export function toStoredUrl(use: UrlUse, text: string): string | undefined {
  const { href } = checkUrl(use, text);
  if (href === undefined || use === 'email' || use === 'phone' || NOT_ASCII.test(text)) return href;
  return text;
}

export function readHost(url: string): string {
  if (!URL.canParse(url)) return '';
  const { hostname, port } = new URL(url);
  const host = domainToUnicode(hostname) || hostname;
  return port === '' ? host : `${host}:${port}`;
}
