import type { AppRouter } from '@linkgrove/api/contract';
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { type FetchOption, type HeadersOption, createHttpTransport, createSessionLink } from './links.ts';
import { Session } from './session.ts';
import { openSessionStore, type SessionOption } from './store.ts';

export type { ApiInputs, ApiOutputs, AppRouter, ErrorCode, MemberError } from '@linkgrove/api/contract';
export {
  isLinkgroveError,
  LinkgroveError,
  type LinkgroveErrorCode,
  type LinkgroveErrorInit,
} from './errors.ts';
export type { FetchOption, HeadersOption } from './links.ts';
export type { SessionOption, SessionStore, SessionTokens } from './store.ts';

/** Every procedure of the API, such as `client.auth.login.mutate({ identifier, password })`. */
export type LinkgroveClient = TRPCClient<AppRouter>;

export type ClientOptions = {
  /** Where the API is, such as `https://api.example.com`; calls go to `${url}/trpc`. */
  url: string;
  /** Where the session is kept. Default: cookies in a browser's page, tokens in memory elsewhere. */
  session?: SessionOption | undefined;
  /** Replaces the global `fetch`. */
  fetch?: FetchOption | undefined;
  /** Headers to send along; the session's own win. */
  headers?: HeadersOption | undefined;
};

/**
 * Makes a client. It is one person's session: on a server that acts for many, make one for each.
 *
 * A call that the API refuses because the access token ran out is repeated once after a refresh; however
 * many calls need it, one refresh is sent. Every failed call rejects with a `LinkgroveError`.
 */
export function createClient(options: ClientOptions): LinkgroveClient {
  const store = openSessionStore(options.session);
  const transport = createHttpTransport({
    url: `${options.url.replace(/\/+$/, '')}/trpc`,
    sendCookies: store === undefined,
    fetch: options.fetch,
    headers: options.headers,
  });
  return createTRPCClient<AppRouter>({ links: [createSessionLink(new Session(store)), transport] });
}
