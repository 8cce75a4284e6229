import { domainToUnicode } from 'node:url';
import { isEmailAddress } from './email-address.ts';

/** What an address is for; each use has its own allow-list of schemes. */
export type UrlUse = 'link' | 'image' | 'embed' | 'email' | 'phone';

/** `href` is what to link or redirect to, in ASCII; `reason` is written for whoever typed the address. */
export type CheckedUrl = { href: string; reason?: undefined } | { href?: undefined; reason: string };

const MAX_LENGTH = 2_048;

const refuse = (reason: string): CheckedUrl => ({ reason });

// Nothing invisible, no space and no backslash, which browsers take for a slash.
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
  // What cannot be decoded shows as it is written, which nobody can read.
  if (label.startsWith('xn--') || !LABEL.test(label)) return true;
  if (ASCII.test(label)) return false;
  const scripts = IN_SCRIPT.filter((script) => script.test(label)).length;
  // Japanese, Chinese and Korean names mix their scripts, and Latin, by right.
  if (scripts > 1 || (scripts === 1 && EAST_ASIAN.test(label) && !/\p{Script=Latin}/u.test(label)))
    return true;
  return false;
}

const isAscii = (label: string | undefined) => label === undefined || ASCII.test(label);

/** Whether a host name is written to be taken for another. */
function isDeceptive(host: string): boolean {
  const labels = domainToUnicode(host).split('.');
  // A whole name in letters that pass for Latin ones is at home below an ending in its own alphabet only.
  const passes = (label: string) => isAscii(labels.at(-1)) && !isAscii(label) && LATIN_LOOKALIKES.test(label);
  return labels.some((label) => isDeceptiveLabel(label) || passes(label));
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

function checkWeb(text: string, schemes: readonly string[]): CheckedUrl {
  const rawHost = RAW_HOST.exec(text)?.[1] ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !schemes.includes(url.protocol)) {
    return refuse(
      `Must be an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    );
  }
  if (url.username || url.password || rawHost.includes('@'))
    return refuse('Must not hold a name or password');
  // Wide letters and the like are read as plain ones, and show as something else.
  if (!HOST_NAME.test(rawHost) || rawHost !== rawHost.normalize('NFKC'))
    return refuse('Must name a host as browsers show it');
  const isNumber = IPV4.test(url.hostname);
  if (isNumber && rawHost.replace(/:\d+$/, '') !== url.hostname)
    return refuse('Must name a host as browsers show it');
  if (!isNumber && !url.hostname.startsWith('[') && isDeceptive(url.hostname))
    return refuse('Must not be spelt to be taken for another host');
  return { href: url.href };
}

function checkEmail(text: string): CheckedUrl {
  const address = /^mailto:([^?]+)(\?[^?]*)?$/i.exec(text);
  if (!address || !isEmailAddress(address[1] ?? '')) return refuse('Must be an email address');
  const query = new URLSearchParams(address[2]);
  // A line break in a subject would begin another header.
  for (const [name, value] of query) {
    if (!/^(subject|body)$/i.test(name)) return refuse('May give a subject and a body, nothing else');
    if (/^subject$/i.test(name) && /[\r\n]/.test(value)) return refuse('Must have a subject of one line');
  }
  return { href: text };
}

const checkPhone = (text: string): CheckedUrl =>
  /^tel:\+?\d(?:[-.()]?\d){2,19}$/i.test(text) ? { href: text } : refuse('Must be a telephone number');

/** Pages that can be shown inside another, by host: what is shown for an address, or null where it names none. */
const PROVIDERS: Record<string, (url: URL) => string | null> = {
  'www.youtube.com': (url) =>
    youtube(/^\/(?:shorts|embed|live)\/([\w-]{11})$/.exec(url.pathname)?.[1] ?? url.searchParams.get('v')),
  'youtu.be': (url) => youtube(url.pathname.slice(1)),
  'vimeo.com': (url) =>
    from(/^\/(?:video\/)?(\d{1,12})$/, url, (id) => `https://player.vimeo.com/video/${id}?dnt=1`),
  'open.spotify.com': (url) =>
    from(
      /^\/(?:intl-[a-z]{2}\/)?((?:track|album|playlist|artist|show|episode)\/[A-Za-z0-9]{22})$/,
      url,
      (id) => `https://open.spotify.com/embed/${id}`,
    ),
  'soundcloud.com': (url) =>
    from(
      /^\/([\w-]+(?:\/(?:sets\/)?[\w-]+)?)$/,
      url,
      (id) => `https://w.soundcloud.com/player/?url=${encodeURIComponent(`https://soundcloud.com/${id}`)}`,
    ),
  'music.apple.com': (url) =>
    from(
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

const youtube = (id: string | null | undefined) =>
  id && /^[\w-]{11}$/.test(id) ? `https://www.youtube-nocookie.com/embed/${id}` : null;
const from = (path: RegExp, url: URL, player: (id: string) => string) => {
  const id = path.exec(url.pathname)?.[1];
  return id === undefined ? null : player(id);
};

/** The player for a page of an allowed provider, such as a YouTube video; null for any other address. */
export function findEmbedPlayer(href: string): string | null {
  const url = new URL(href);
  return PROVIDERS[ALIASES[url.hostname] ?? url.hostname]?.(url) ?? null;
}

function checkEmbed(text: string): CheckedUrl {
  const checked = checkWeb(text, ['https:']);
  if (checked.href === undefined || findEmbedPlayer(checked.href)) return checked;
  return refuse('Must be a page of YouTube, Vimeo, Spotify, SoundCloud or Apple Music that can be embedded');
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
 * Checks an address against what its use allows: schemes, no credentials, nothing invisible, no host that is
 * spelt to be taken for another. To be asked when it is stored, and again before anyone is sent there.
 */
export function checkUrl(use: UrlUse, text: string): CheckedUrl {
  if (text.length > MAX_LENGTH) return refuse(`Must have at most ${MAX_LENGTH} characters`);
  if (HIDDEN.test(text)) return refuse('Must not contain spaces, backslashes or invisible characters');
  return CHECKS[use](text);
}
