export type { ApiInputs, ApiOutputs, AppRouter, ErrorCode, MemberError } from '@linkgrove/api/contract';
export { type ClientOptions, createClient, type LinkgroveClient } from './client.ts';
export {
  isLinkgroveError,
  LinkgroveError,
  type LinkgroveErrorCode,
  type LinkgroveErrorInit,
} from './errors.ts';
export { paginateList as paginate } from './paginate.ts';
export { captureReferral, type CaptureReferralOptions } from './referral.ts';
export { shouldRetry } from './retries.ts';
export { buildSignInUrl, type SignInUrlOptions } from './sign-in-url.ts';
export { createServerClient, type ServerClientOptions } from './server-client.ts';
export type { ServerCookieOptions, ServerCookies } from './server-cookies.ts';
export type { OnSessionEnd } from './session-end.ts';
export type { SessionEndReason } from './session.ts';
export {
  type VerifiedWebhook,
  verifyWebhook,
  type VerifyWebhookOptions,
  WebhookVerificationError,
} from './webhooks.ts';
export type { WebhookEvent } from './webhook-events.ts';
export type { SessionOption, SessionStore, SessionTokens } from './store.ts';
export type { FetchOption, HeadersOption } from './transport.ts';
export type * from './types.ts';
