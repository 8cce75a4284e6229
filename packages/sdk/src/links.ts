import type { AppRouter } from '@linkgrove/api/contract';
import {
  httpBatchLink,
  httpLink,
  type Operation,
  type OperationResultObservable,
  splitLink,
  type TRPCLink,
} from '@trpc/client';
import { observable, observableToPromise } from '@trpc/server/observable';
import { LinkgroveError, toLinkgroveError } from './errors.ts';
import type { Session } from './session.ts';
import type { SessionTokens } from './store.ts';

/** Headers of your own: a record, or a function that makes one for each request. */
export type HeadersOption =
  | Record<string, string>
  | (() => Record<string, string> | Promise<Record<string, string>>);

/** The part of `fetch` that the client uses. */
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

type Next = (op: Operation) => OperationResultObservable<AppRouter, unknown>;

/** Hands every call to the session, which may renew itself and repeat the call. */
export const createSessionLink =
  (session: Session): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) =>
    observable((observer) => {
      const deliver = async () => {
        try {
          const { envelope } = await session.run({
            path: op.path,
            send: (tokens) => sendOnce(op, next, tokens),
            refresh: (tokens) => sendOnce(refreshOperation(op), next, tokens),
          });
          observer.next(envelope);
          observer.complete();
        } catch (error) {
          observer.error(error as LinkgroveError);
        }
      };
      void deliver();
    });

async function sendOnce(op: Operation, next: Next, tokens: SessionTokens | null) {
  try {
    const envelope = await observableToPromise(next({ ...op, context: { ...op.context, [TOKENS]: tokens } }));
    const data = 'data' in envelope.result ? envelope.result.data : undefined;
    return { envelope, data, response: envelope.context?.['response'] as Response };
  } catch (error) {
    throw toLinkgroveError(error, op.signal);
  }
}

// Its own signal: whoever gives up the call that needed it does not give it up for all others.
const refreshOperation = (op: Operation): Operation => ({
  ...op,
  path: 'auth.refresh',
  type: 'mutation',
  input: undefined,
  signal: AbortSignal.timeout(REFRESH_TIMEOUT_MS),
});

/** Sends calls over HTTP: the queries of one tick together, every mutation with an answer of its own. */
export function createHttpTransport(transport: Transport): TRPCLink<AppRouter> {
  const shared = { url: transport.url, fetch: createFetch(transport) };
  return splitLink({
    condition: (op) => op.type === 'query',
    true: httpBatchLink({
      ...shared,
      maxItems: MAX_BATCH,
      maxURLLength: MAX_URL_LENGTH,
      headers: ({ opList }) => headersFor(opList[0], transport.headers),
    }),
    false: httpLink({ ...shared, headers: ({ op }) => headersFor(op, transport.headers) }),
  });
}

async function headersFor(op: Operation, own: HeadersOption | undefined): Promise<Record<string, string>> {
  const headers = new Headers(typeof own === 'function' ? await own() : own);
  const tokens = op.context[TOKENS] as SessionTokens | null;
  if (tokens) headers.set('authorization', `Bearer ${tokens.accessToken}`);
  if (tokens?.refreshToken && TAKES_REFRESH_TOKEN.has(op.path)) {
    // A server takes the one of the two names that belongs to its own address.
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
    const detail = `The answer (status ${status}) did not come from the API; check the URL and any proxy before it`;
    throw new LinkgroveError({ code: 'NETWORK', status, detail });
  };
}
