import type { AppRouter } from '@linkgrove/api/contract';
import { httpBatchLink, httpLink, type Operation, splitLink, type TRPCLink } from '@trpc/client';
import { isBrowserPage, readPage } from './browser.ts';
import { LinkgroveError, toError } from './errors.ts';
import type { SessionTokens } from './store.ts';
import type { OpenStream } from './subscriptions.ts';

export type HeadersOption =
  | Record<string, string>
  | (() => Record<string, string> | Promise<Record<string, string>>);

export type FetchOption = (url: string, init?: RequestInit) => Promise<Response>;

/** Cookies that a server keeps on behalf of its visitor. */
export type CookieJar = {
  readHeader: () => Promise<string>;
  storeLines: (lines: string[]) => Promise<void>;
};

export type Transport = {
  url: string;
  kind: 'token' | 'cookie';
  jar: CookieJar | undefined;
  fetch: FetchOption | undefined;
  headers: HeadersOption | undefined;
};

const MAX_BATCH = 10;
const MAX_URL_LENGTH = 8_000;
const TAKES_REFRESH_TOKEN = new Set(['auth.refresh', 'auth.logout']);
const LOOPBACK = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export const REFRESH_HEADER = 'linkgrove-refresh-token';
const TOKENS = 'linkgrove.tokens';

export const withTokens = (op: Operation, tokens: SessionTokens | null): Operation => ({
  ...op,
  context: { ...op.context, [TOKENS]: tokens },
});

const isSessionTokens = (value: unknown): value is SessionTokens =>
  typeof value === 'object' && value !== null && 'accessToken' in value;

export function createHttpTransport(transport: Transport): TRPCLink<AppRouter> {
  const shared = { url: transport.url, fetch: createFetch(transport) };
  return splitLink({
    condition: (op) => op.type === 'query',
    true: httpBatchLink({
      ...shared,
      maxItems: MAX_BATCH,
      maxURLLength: MAX_URL_LENGTH,
      headers: ({ opList }) => buildHeaders(opList[0], transport),
    }),
    false: httpLink({ ...shared, headers: ({ op }) => buildHeaders(op, transport) }),
  });
}

/** Opens the stream of a subscription. */
export function createStreamOpener(transport: Transport): OpenStream {
  const send = createFetch(transport);
  return {
    canStream: () => !isMadeOfXhr(transport.fetch ?? globalThis.fetch),
    send: async (op, signal) => {
      const query = encodeURIComponent(JSON.stringify(op.input));
      const headers = { ...(await buildHeaders(op, transport)), accept: 'text/event-stream' };
      return send(`${transport.url}/${op.path}?input=${query}`, { headers, signal, cache: 'no-store' });
    },
  };
}

/** As in React Native: whatwg-fetch marks itself. */
const isMadeOfXhr = (fetch: FetchOption | typeof globalThis.fetch): boolean =>
  'polyfill' in fetch && fetch.polyfill === true;

export const readExtraHeaders = async (extra: HeadersOption | undefined): Promise<Headers> =>
  new Headers(typeof extra === 'function' ? await extra() : extra);

async function buildHeaders(
  op: Operation,
  { kind, jar, headers: extra }: Transport,
): Promise<Record<string, string>> {
  const headers = await readExtraHeaders(extra);
  const { idempotencyKey } = op.context;
  if (op.type === 'mutation' && typeof idempotencyKey === 'string')
    headers.set('idempotency-key', idempotencyKey);
  if (jar) headers.set('cookie', await jar.readHeader());
  if (kind === 'token') addTokens(headers, op);
  return Object.fromEntries(headers);
}

function addTokens(headers: Headers, { path, context }: Operation): void {
  // Scripts in a browser can neither read nor send cookies of another site, so the tokens travel in headers.
  headers.set('linkgrove-session', 'token');
  const { [TOKENS]: tokens } = context;
  if (!isSessionTokens(tokens)) return;
  headers.set('authorization', `Bearer ${tokens.accessToken}`);
  if (tokens.refreshToken && TAKES_REFRESH_TOKEN.has(path)) headers.set(REFRESH_HEADER, tokens.refreshToken);
}

function createFetch({ kind, jar, fetch }: Transport) {
  return async (url: unknown, init?: object): Promise<Response> => {
    // The API never redirects a call, and another server must get neither tokens nor passwords.
    const options: RequestInit = { ...init, redirect: 'manual' };
    if (kind === 'cookie' && !jar) options.credentials = 'include';
    const response = await (fetch ?? globalThis.fetch)(String(url), options).catch((thrown: unknown) => {
      throw createNetworkError(String(url), thrown);
    });
    await jar?.storeLines(response.headers.getSetCookie());
    if (/json|event-stream/.test(response.headers.get('content-type') ?? '')) return response;
    void response.body?.cancel();
    const { status } = response;
    const detail = `The response (status ${status}) is not from the API; check the URL and any proxy in front of it`;
    throw new LinkgroveError({ code: 'NETWORK', status, detail });
  };
}

function createNetworkError(url: string, thrown: unknown): LinkgroveError {
  const detail = `The API did not answer: ${readReason(toError(thrown))}${hintAtCors(url)}`;
  const parts = { cause: thrown, meta: undefined, shape: undefined };
  return new LinkgroveError({ code: 'NETWORK', status: 0, detail }, parts);
}

/** Node.js says only "fetch failed"; its cause has the reason, and no message if it tried several addresses. */
function readReason({ cause, message }: Error): string {
  if (!(cause instanceof Error)) return message;
  const code = 'code' in cause ? String(cause.code) : '';
  return cause.message || code || message;
}

/** A browser does not tell a script why a request failed; during development it is often CORS. */
function hintAtCors(url: string): string {
  const { location } = readPage();
  if (!isBrowserPage() || !location || !LOOPBACK.test(location.hostname)) return '';
  if (new URL(url, location.href).origin === location.origin) return '';
  return `. If it is running, add ${location.origin} to its CORS_ORIGINS`;
}
