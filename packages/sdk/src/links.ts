import type { AppRouter } from '@linkgrove/api/contract';
import {
  httpBatchLink,
  httpLink,
  type Operation,
  type OperationResultObservable,
  splitLink,
  TRPCClientError,
  type TRPCLink,
} from '@trpc/client';
import { observable, observableToPromise } from '@trpc/server/observable';
import { isResponse, LinkgroveError, toError, toLinkgroveError } from './errors.ts';
import type { Session } from './session.ts';
import type { SessionTokens } from './store.ts';

export type HeadersOption =
  | Record<string, string>
  | (() => Record<string, string> | Promise<Record<string, string>>);

export type FetchOption = (url: string, init?: RequestInit) => Promise<Response>;

type Transport = {
  url: string;
  sendCookies: boolean;
  fetch: FetchOption | undefined;
  headers: HeadersOption | undefined;
};

const MAX_BATCH = 10;
const MAX_URL_LENGTH = 8_000;
const REFRESH_TIMEOUT_MS = 30_000;
const TOKENS = 'linkgrove.tokens';
const TAKES_REFRESH_TOKEN = new Set(['auth.refresh', 'auth.logout']);

const isSessionTokens = (value: unknown): value is SessionTokens =>
  typeof value === 'object' && value !== null && 'accessToken' in value;

type Next = (op: Operation) => OperationResultObservable<AppRouter, unknown>;

export const createSessionLink =
  (session: Session): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) =>
    observable((observer) => {
      const runCall = async () => {
        try {
          const { envelope } = await session.run({
            path: op.path,
            send: (tokens) => sendOnce(op, next, tokens),
            refresh: (tokens) => sendOnce(toRefreshOperation(op), next, tokens),
          });
          observer.next(envelope);
          observer.complete();
        } catch (error) {
          observer.error(TRPCClientError.from<AppRouter>(toError(error)));
        }
      };
      void runCall();
    });

async function sendOnce(op: Operation, next: Next, tokens: SessionTokens | null) {
  try {
    const envelope = await observableToPromise(next({ ...op, context: { ...op.context, [TOKENS]: tokens } }));
    const data = 'data' in envelope.result ? envelope.result.data : undefined;
    const response = envelope.context?.['response'];
    if (!isResponse(response)) throw new Error('There was no response');
    return { envelope, data, response };
  } catch (error) {
    throw toLinkgroveError(error, op.signal);
  }
}

// Has its own signal, because aborting one call must not abort the refresh that other calls wait for.
const toRefreshOperation = (op: Operation): Operation => ({
  ...op,
  path: 'auth.refresh',
  type: 'mutation',
  input: undefined,
  signal: AbortSignal.timeout(REFRESH_TIMEOUT_MS),
});

export function createHttpTransport(transport: Transport): TRPCLink<AppRouter> {
  const shared = { url: transport.url, fetch: createFetch(transport) };
  return splitLink({
    condition: (op) => op.type === 'query',
    true: httpBatchLink({
      ...shared,
      maxItems: MAX_BATCH,
      maxURLLength: MAX_URL_LENGTH,
      headers: ({ opList }) => buildHeaders(opList[0], transport.headers),
    }),
    false: httpLink({ ...shared, headers: ({ op }) => buildHeaders(op, transport.headers) }),
  });
}

async function buildHeaders(
  op: Operation,
  extra: HeadersOption | undefined,
): Promise<Record<string, string>> {
  const headers = new Headers(typeof extra === 'function' ? await extra() : extra);
  const { [TOKENS]: tokens, idempotencyKey } = op.context;
  if (op.type === 'mutation' && typeof idempotencyKey === 'string')
    headers.set('idempotency-key', idempotencyKey);
  if (!isSessionTokens(tokens)) return Object.fromEntries(headers);
  headers.set('authorization', `Bearer ${tokens.accessToken}`);
  if (tokens.refreshToken && TAKES_REFRESH_TOKEN.has(op.path)) {
    // The server reads the name that matches its own URL (http or https).
    const names = ['refresh_token', '__Host-refresh_token'];
    headers.set('cookie', names.map((name) => `${name}=${tokens.refreshToken}`).join('; '));
  }
  return Object.fromEntries(headers);
}

function createFetch({ sendCookies, fetch }: Transport) {
  return async (url: unknown, init?: object): Promise<Response> => {
    const options: RequestInit = sendCookies ? { ...init, credentials: 'include' } : { ...init };
    const response = await (fetch ?? globalThis.fetch)(String(url), options);
    if (response.headers.get('content-type')?.includes('json')) return response;
    void response.body?.cancel();
    const { status } = response;
    const detail = `The response (status ${status}) is not from the API; check the URL and any proxy in front of it`;
    throw new LinkgroveError({ code: 'NETWORK', status, detail });
  };
}
