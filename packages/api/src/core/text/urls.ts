import { domainToUnicode } from 'node:url';
import { isEmailAddress } from './email-address.ts';

/** The purpose of a URL; each has its own allow-list of schemes. */
export type UrlUse = 'link' | 'image' | 'embed' | 'email' | 'phone';

/** `href` is the ASCII URL to link or redirect to; `reason` tells the user what to correct. */
export type CheckedUrl = { href: string; reason?: undefined } | { href?: undefined; reason: string };

const MAX_LENGTH = 2_048;

const refuse = (reason: string): CheckedUrl => ({ reason });

// Invisible characters, spaces, and backslashes, which browsers read as slashes.
const HIDDEN = /[\p{C}\p{Z}\\]/u;
const RAW_HOST = /^https?:\/\/([^/?#]*)/i;
const HOST_NAME = /^(?:[\p{L}\p{M}\p{N}._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/iu;
const SCRIPTS = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Armenian',
  'Hebrew',
  'Arabic',
  'Thai',
  'Devanagari',
  'Georgian',
];
const IN_SCRIPT = SCRIPTS.map((script) => new RegExp(`\\p{Script=${script}}`, 'u'));
const EAST_ASIAN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;
const LATIN_LOOKALIKES = /^[асԁеԍһіјӏкԛорԗѕԝхухъьвнмтαοορνυικχγ0-9-]+$/u;
const LABEL = /^[\p{L}\p{M}\p{N}_-]*$/u;
const ASCII = /^[\x21-\x7e]+$/;

function isDeceptiveLabel(label: string): boolean {
  // A label that cannot be decoded is shown as punycode, which nobody can read.
  if (label.startsWith('xn--') || !LABEL.test(label)) return true;
  if (ASCII.test(label)) return false;
  const scripts = IN_SCRIPT.filter((script) => script.test(label)).length;
  // Japanese, Chinese and Korean names legitimately mix their scripts with Latin.
  if (scripts > 1 || (scripts === 1 && EAST_ASIAN.test(label) && !/\p{Script=Latin}/u.test(label)))
    return true;
  return false;
}

const isAscii = (label: string | undefined) => label === undefined || ASCII.test(label);

/** Whether a host name imitates another. */
function isDeceptive(host: string): boolean {
  const labels = domainToUnicode(host).split('.');
  // A label made only of Latin lookalikes is legitimate only under a top-level domain in its own alphabet.
  const isLookalike = (label: string) =>
    isAscii(labels.at(-1)) && !isAscii(label) && LATIN_LOOKALIKES.test(label);
  return labels.some((label) => isDeceptiveLabel(label) || isLookalike(label));
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

function checkWeb(text: string, schemes: readonly string[]): CheckedUrl {
  const rawHost = RAW_HOST.exec(text)?.[1] ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !schemes.includes(url.protocol)) {
    return refuse(`Enter a link starting with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`);
  }
  if (url.username || url.password || rawHost.includes('@'))
    return refuse('Remove the username and password from the link');
  // Browsers normalize full-width letters and the like, so the host would differ from what is shown.
  if (!HOST_NAME.test(rawHost) || rawHost !== rawHost.normalize('NFKC'))
    return refuse('Write the domain as browsers show it');
  const isNumber = IPV4.test(url.hostname);
  if (isNumber && rawHost.replace(/:\d+$/, '') !== url.hostname)
    return refuse('Write the domain as browsers show it');
  if (!isNumber && !url.hostname.startsWith('[') && isDeceptive(url.hostname))
    return refuse('The domain imitates another one');
  return { href: url.href };
}

function checkEmail(text: string): CheckedUrl {
  const address = /^mailto:([^?]+)(\?[^?]*)?$/i.exec(text);
  if (!address || !isEmailAddress(address[1] ?? '')) return refuse('Enter an email address');
  const query = new URLSearchParams(address[2]);
  // A line break in the subject could start another mail header.
  for (const [name, value] of query) {
    if (!/^(subject|body)$/i.test(name)) return refuse('Only a subject and a body are allowed');
    if (/^subject$/i.test(name) && /[\r\n]/.test(value)) return refuse('The subject must be a single line');
  }
  return { href: text };
}

const checkPhone = (text: string): CheckedUrl =>
  /^tel:\+?\d(?:[-.()]?\d){2,19}$/i.test(text) ? { href: text } : refuse('Enter a phone number');

/** Embeddable providers by host. Each returns the player of a page, or null if the page has none. */
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
};
const ALIASES: Record<string, string> = {
  'youtube.com': 'www.youtube.com',
  'm.youtube.com': 'www.youtube.com',
  'music.youtube.com': 'www.youtube.com',
  'www.vimeo.com': 'vimeo.com',
  'www.soundcloud.com': 'soundcloud.com',
};

const toYouTubePlayer = (id: string | null | undefined) =>
  id && /^[\w-]{11}$/.test(id) ? `https://www.youtube-nocookie.com/embed/${id}` : null;
const toPlayer = (path: RegExp, url: URL, player: (id: string) => string) => {
  const id = path.exec(url.pathname)?.[1];
  return id === undefined ? null : player(id);
};

/** Returns the player URL for a page of an allowed provider, such as a YouTube video; null for any other URL. */
export function findEmbedPlayer(href: string): string | null {
  const url = new URL(href);
  return PROVIDERS[ALIASES[url.hostname] ?? url.hostname]?.(url) ?? null;
}

function checkEmbed(text: string): CheckedUrl {
  const checked = checkWeb(text, ['https:']);
  if (checked.href === undefined || findEmbedPlayer(checked.href)) return checked;
  return refuse('Enter a link to an embeddable YouTube, Vimeo, Spotify, SoundCloud or Apple Music page');
}

const WEB = ['https:', 'http:'] as const;
const CHECKS: Record<UrlUse, (text: string) => CheckedUrl> = {
  link: (text) => checkWeb(text, WEB),
  image: (text) => checkWeb(text, WEB),
  embed: checkEmbed,
  email: checkEmail,
  phone: checkPhone,
};

/**
 * Checks a URL for its use: allowed schemes, no credentials, no invisible characters, no deceptive host. Call it
 * when the URL is stored, and again before anyone is redirected there.
 */
export function checkUrl(use: UrlUse, text: string): CheckedUrl {
  if (text.length > MAX_LENGTH) return refuse(`Must have at most ${MAX_LENGTH} characters`);
  if (HIDDEN.test(text)) return refuse('Must not contain spaces, backslashes or invisible characters');
  return CHECKS[use](text);
}
