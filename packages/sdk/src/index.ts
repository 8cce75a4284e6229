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
export { captureReferral, type CaptureReferralOptions } from './referral.ts';
export {
  type VerifiedWebhook,
  verifyWebhook,
  type VerifyWebhookOptions,
  WebhookVerificationError,
} from './webhooks.ts';
export type { WebhookEvent } from './webhook-events.ts';
export type { SessionOption, SessionStore, SessionTokens } from './store.ts';

/** All procedures of the API, such as `client.auth.login.mutate({ identifier, password })`. */
export type LinkgroveClient = TRPCClient<AppRouter>;

export type ClientOptions = {
  /** Base URL of the API, such as `https://api.example.com`; calls go to `${url}/trpc`. */
  url: string;
  /** Where the session is kept. Default: cookies in a browser page, memory elsewhere. */
  session?: SessionOption | undefined;
  fetch?: FetchOption | undefined;
  headers?: HeadersOption | undefined;
};

/**
 * Holds the session of one user, so a server that acts for many users needs one client per user. Refreshes an
 * expired access token once for all waiting calls and repeats them. Failed calls reject with a `LinkgroveError`.
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
