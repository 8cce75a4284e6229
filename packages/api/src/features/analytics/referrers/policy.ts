import { LRUCache } from 'lru-cache';

/** Hosts of link wrappers, mobile sites and short links, by the site that they belong to. */
const SITES: Record<string, string[]> = {
  'instagram.com': ['l.instagram.com'],
  'facebook.com': ['l.facebook.com', 'lm.facebook.com', 'm.facebook.com', 'web.facebook.com', 'fb.me'],
  'messenger.com': ['l.messenger.com'],
  'threads.com': ['threads.net', 'l.threads.net', 'l.threads.com'],
  'x.com': ['t.co', 'twitter.com', 'mobile.twitter.com', 'mobile.x.com'],
  'tiktok.com': ['m.tiktok.com', 'vm.tiktok.com', 'vt.tiktok.com'],
  'youtube.com': ['m.youtube.com', 'youtu.be', 'music.youtube.com'],
  'linkedin.com': ['lnkd.in', 'm.linkedin.com'],
  'reddit.com': ['out.reddit.com', 'old.reddit.com', 'm.reddit.com'],
  'pinterest.com': ['pin.it'],
  'snapchat.com': ['story.snapchat.com', 'accounts.snapchat.com'],
  'whatsapp.com': ['wa.me', 'web.whatsapp.com', 'api.whatsapp.com'],
  'telegram.org': ['t.me', 'web.telegram.org'],
  'vk.com': ['away.vk.com', 'm.vk.com'],
  'bing.com': ['cn.bing.com'],
};
const SITES_BY_HOST = new Map(
  Object.entries(SITES).flatMap(([site, hosts]) => hosts.map((host) => [host, site])),
);

const SITES_BY_APP = new Map([
  ['com.instagram.android', 'instagram.com'],
  ['com.instagram.barcelona', 'threads.com'],
  ['com.facebook.katana', 'facebook.com'],
  ['com.facebook.lite', 'facebook.com'],
  ['com.facebook.orca', 'messenger.com'],
  ['com.twitter.android', 'x.com'],
  ['com.zhiliaoapp.musically', 'tiktok.com'],
  ['com.ss.android.ugc.trill', 'tiktok.com'],
  ['com.google.android.youtube', 'youtube.com'],
  ['com.google.android.gm', 'mail.google.com'],
  ['com.google.android.googlequicksearchbox', 'google.com'],
  ['com.linkedin.android', 'linkedin.com'],
  ['com.reddit.frontpage', 'reddit.com'],
  ['com.pinterest', 'pinterest.com'],
  ['com.snapchat.android', 'snapchat.com'],
  ['com.whatsapp', 'whatsapp.com'],
  ['org.telegram.messenger', 'telegram.org'],
  ['com.slack', 'slack.com'],
  ['com.discord', 'discord.com'],
]);

const MAX_HOST_LENGTH = 253;
const HOST = /^[a-z0-9.-]+$/;
const SEARCH = /^(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}$/;

function nameHost(host: string): string {
  const bare = host.replace(/^www\./, '');
  if (SEARCH.test(bare)) return 'google.com';
  return SITES_BY_HOST.get(bare) ?? bare;
}

/** Returns the site of a `Referer` or `document.referrer`, such as `instagram.com`; null if there is none. */
export function readReferrer(text: string): string | null {
  if (text === '' || !URL.canParse(text)) return null;
  const { protocol, hostname, host } = new URL(text);
  if (protocol === 'android-app:') {
    const name = host.toLowerCase();
    return SITES_BY_APP.get(name) ?? (HOST.test(name) && name.length <= MAX_HOST_LENGTH ? name : null);
  }
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  return HOST.test(hostname) && hostname.length <= MAX_HOST_LENGTH ? nameHost(hostname) : null;
}

const MAX_REFERRERS = 5_000;
const MAX_REFERRER_LENGTH = 2_048;

export function createReferrerReader(): (text: string) => string | null {
  const known = new LRUCache<string, { site: string | null }>({ max: MAX_REFERRERS });
  return (text) => {
    if (text.length > MAX_REFERRER_LENGTH) return readReferrer(text.slice(0, MAX_REFERRER_LENGTH));
    const found = known.get(text) ?? { site: readReferrer(text) };
    known.set(text, found);
    return found.site;
  };
}
