import { LRUCache } from 'lru-cache';

export type Agent = {
  /** Shorter than the text, for keys. */
  id: number;
  isBot: boolean;
  device: string | null;
  browser: string | null;
  os: string | null;
  /** The site whose app shows the page, such as `instagram.com`. */
  appSite: string | null;
};

type App = { marker: RegExp; name: string; site: string };

const IN_APP_BROWSERS: App[] = [
  { marker: /\bInstagram \d|\bInstagram\/\d/, name: 'Instagram', site: 'instagram.com' },
  { marker: /\bBarcelona \d/, name: 'Threads', site: 'threads.com' },
  {
    marker: /\bMessenger(ForiOS|LiteForiOS)|\bOrca-Android|FBAN\/Messenger/,
    name: 'Messenger',
    site: 'messenger.com',
  },
  { marker: /\bFB(AN|AV|_IAB)\//, name: 'Facebook', site: 'facebook.com' },
  { marker: /\b(BytedanceWebview|musical_ly|trill_|TikTok)/, name: 'TikTok', site: 'tiktok.com' },
  { marker: /\bSnapchat[ /]\d/, name: 'Snapchat', site: 'snapchat.com' },
  { marker: /\bLinkedInApp\b/, name: 'LinkedIn', site: 'linkedin.com' },
  { marker: /\bTwitter( for iPhone|Android)|\bTwitterAndroid/, name: 'X', site: 'x.com' },
  { marker: /\bWhatsApp\/\d/, name: 'WhatsApp', site: 'whatsapp.com' },
  { marker: /\bPinterest\/|\[Pinterest/, name: 'Pinterest', site: 'pinterest.com' },
];

/** A web view of a phone's own browser engine. Link previews do not pretend to be one. */
const MOBILE_WEB_VIEW =
  /^Mozilla\/5\.0 \((iPhone|iPad|iPod|Linux; Android|Linux; U; Android)[^)]*\).*(AppleWebKit)/;
const PREVIEWERS =
  /facebookexternalhit|facebookcatalog|meta-external|LinkedInBot|Twitterbot|TelegramBot|bot\b|crawler|spider/i;

export type Parsers = {
  isbot: (userAgent: string) => boolean;
  parse: (userAgent: string) => {
    browser?: string | undefined;
    os?: string | undefined;
    platform?: string | undefined;
  };
};

/** An empty agent is a bot. isbot alone takes some in-app browsers for link previews. */
export function readAgent(text: string, { isbot, parse }: Parsers): Omit<Agent, 'id'> {
  const app =
    MOBILE_WEB_VIEW.test(text) && !PREVIEWERS.test(text)
      ? IN_APP_BROWSERS.find(({ marker }) => marker.test(text))
      : undefined;
  const isBot = text.trim() === '' || (app === undefined && isbot(text));
  if (isBot) return { isBot, device: null, browser: null, os: null, appSite: null };
  const { browser, os, platform } = parse(text);
  return {
    isBot,
    device: platform ?? null,
    browser: app?.name ?? browser ?? null,
    os: os ?? null,
    appSite: app?.site ?? null,
  };
}

export type AgentReader = (userAgent: string) => Agent;

const MAX_AGENTS = 5_000;
const MAX_AGENT_LENGTH = 1_024;

export function createAgentReader(parsers: Parsers): AgentReader {
  const known = new LRUCache<string, Agent>({ max: MAX_AGENTS });
  let id = 0;
  return (userAgent) => {
    const text = userAgent.length > MAX_AGENT_LENGTH ? userAgent.slice(0, MAX_AGENT_LENGTH) : userAgent;
    const agent = known.get(text);
    if (agent) return agent;
    const read = { id: (id += 1), ...readAgent(text, parsers) };
    known.set(text, read);
    return read;
  };
}
