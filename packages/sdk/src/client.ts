import type { AppRouter } from '@linkgrove/api/contract';
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { createSessionLink } from './links.ts';
import { isBrowserPage } from './browser.ts';
import { DEFAULT_RETRIES } from './retries.ts';
import { clearMarker, createSessionEndNotice, isMarkerMissing, type OnSessionEnd } from './session-end.ts';
import { type Renewal, Session, type SessionKeeping } from './session.ts';
import { openSessionStore, type SessionOption } from './store.ts';
import {
  createHttpTransport,
  createStreamOpener,
  type FetchOption,
  type HeadersOption,
  readExtraHeaders,
  type Transport,
} from './transport.ts';

/** All procedures of the API, such as `client.auth.login.mutate({ identifier, password })`. */
export type LinkgroveClient = TRPCClient<AppRouter>;

export type CommonOptions = {
  /** Base URL of the API, such as `https://api.example.com`, without `/api`; calls go to `${url}/trpc`. */
  url: string;
  fetch?: FetchOption | undefined;
  headers?: HeadersOption | undefined;
  /** The most that a call takes, with its retries and a refresh. Default: 30,000. */
  timeoutMs?: number | undefined;
  /** How often a failed query is repeated if `shouldRetry` says so. Default: 2. Mutations are never repeated. */
  retries?: number | undefined;
};

export type ClientOptions = CommonOptions & {
  /** For programs: sent instead of a session, with `session: 'token'`. In a web page everyone could read it. */
  apiKey?: string | undefined;
  /** Where the session is kept. Default: cookies in a browser page, memory elsewhere. */
  session?: SessionOption | undefined;
  /** Called when the session has ended, here or in another tab: show your sign-in form. */
  onSessionEnd?: OnSessionEnd | undefined;
};

const DEFAULT_TIMEOUT_MS = 30_000;

/** `localhost:3000` would be an unknown scheme and `api.example.com` a path. A path of the page's own origin is fine. */
const ABSOLUTE_URL_OR_PATH = /^(https?:\/\/|\/|$)/i;

function readUrl(url: string): string {
  if (typeof url === 'string' && ABSOLUTE_URL_OR_PATH.test(url)) return url.replace(/\/+$/, '');
  throw new TypeError(
    `\`url\` must start with https:// or http://, such as https://api.example.com; it is ${url}`,
  );
}

export function connectClient(
  options: CommonOptions,
  part: Pick<Transport, 'kind' | 'jar'>,
  keeping: SessionKeeping,
): LinkgroveClient {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, retries = DEFAULT_RETRIES, fetch, headers } = options;
  const transport = { url: `${readUrl(options.url)}/trpc`, fetch, headers, ...part };
  const open = createStreamOpener(transport);
  const sessionLink = createSessionLink(new Session(keeping), { timeoutMs, retries }, open);
  return createTRPCClient<AppRouter>({ links: [sessionLink, createHttpTransport(transport)] });
}

/**
 * Holds the session of one user, so a server that acts for many users needs one client per user. Refreshes an
 * expired access token once for all waiting calls and repeats them. Failed calls reject with a `LinkgroveError`.
 */
export function createClient({ apiKey, ...given }: ClientOptions): LinkgroveClient {
  const options = apiKey === undefined ? given : withApiKey(given, apiKey);
  const url = readUrl(options.url);
  const store = openSessionStore(options.session);
  const isShared = store === undefined || typeof options.session === 'object';
  return connectClient(
    options,
    { kind: store ? 'token' : 'cookie', jar: undefined },
    {
      store,
      checkRenewal: (isKnown) => checkBrowserRenewal(url, options.headers, isKnown),
      onRefusal: () => clearMarker(url),
      onEnd: createSessionEndNotice(url, isShared, options.onSessionEnd),
    },
  );
}

const withApiKey = (options: ClientOptions, apiKey: string): ClientOptions => ({
  ...options,
  session: 'token',
  headers: async () => ({
    ...Object.fromEntries(await readExtraHeaders(options.headers)),
    'x-api-key': apiKey,
  }),
});

/** Outside a page, cookies come from the `headers` option, and those of a refresh would be lost. */
async function checkBrowserRenewal(
  url: string,
  headers: HeadersOption | undefined,
  isKnown: boolean,
): Promise<Renewal> {
  if (!isBrowserPage() && (await readExtraHeaders(headers)).has('cookie')) return 'read-only';
  return isKnown || !isMarkerMissing(url) ? 'possible' : 'pointless';
}
