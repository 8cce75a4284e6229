import type { Platform } from './blocks/types/social/schema.ts';

/** Not counting the trash. The check of `pages.slot` repeats it. */
export const MAX_PAGES = 20;

/** Not counting the trash. The constraint `pages_at_most_200_blocks` repeats it. */
export const MAX_BLOCKS = 200;

export const MAX_PROFILES = 30;

/**
 * Where the profiles of a platform are, subdomains included. Platforms with servers or domains of their users' own
 * (Mastodon, Bandcamp, Medium, Substack) are not listed.
 */
export const PLATFORM_HOSTS: Partial<Record<Platform, string[]>> = {
  'apple-music': ['music.apple.com'],
  'apple-podcasts': ['podcasts.apple.com'],
  behance: ['behance.net'],
  bluesky: ['bsky.app'],
  discord: ['discord.com', 'discord.gg'],
  dribbble: ['dribbble.com'],
  etsy: ['etsy.com', 'etsy.me'],
  facebook: ['facebook.com', 'fb.com', 'fb.me'],
  github: ['github.com'],
  instagram: ['instagram.com', 'ig.me'],
  kick: ['kick.com'],
  'ko-fi': ['ko-fi.com'],
  line: ['line.me', 'lin.ee'],
  linkedin: ['linkedin.com', 'lnkd.in'],
  patreon: ['patreon.com'],
  reddit: ['reddit.com', 'redd.it'],
  snapchat: ['snapchat.com'],
  soundcloud: ['soundcloud.com'],
  spotify: ['spotify.com', 'spotify.link'],
  telegram: ['t.me', 'telegram.me', 'telegram.org'],
  threads: ['threads.com', 'threads.net'],
  tiktok: ['tiktok.com'],
  twitch: ['twitch.tv'],
  whatsapp: ['wa.me', 'whatsapp.com'],
  x: ['x.com', 'twitter.com'],
  youtube: ['youtube.com', 'youtu.be'],
};

export function isPlatformUrl(platform: Platform, url: string): boolean {
  const hosts = PLATFORM_HOSTS[platform];
  if (!hosts || !URL.canParse(url)) return true;
  const { hostname } = new URL(url);
  return hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
}

/** Of a user, held ones included. */
export const MAX_HANDLES = 60;

/** For redirects of replaced handles, and for handles of deleted pages. */
export const HANDLE_HOLD_DAYS = 90;

export const TRASH_DAYS = 30;

/** Per page; the ones deleted first make room. */
export const MAX_TRASHED_BLOCKS = 200;

export const PREVIEW_LINK_HOURS = 24;
