import type { DbContext } from '@linkgrove/db';
import type { Cache } from './cache.ts';
import type { Config } from './config.ts';
import type { EmailHasher, Signer, TokenDeriver } from './crypto.ts';
import type { AccessTokens } from './jwt.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { Passwords } from './password.ts';
import type { Principal } from './principal.ts';
import type { LimitState, RateLimiter } from './rate-limit.ts';
import type { VisitorFilter } from './visitor-filter.ts';

/** What lives as long as the process; services and jobs reach everything through it. */
export type AppCtx = DbContext & {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  limiter: RateLimiter;
  passwords: Passwords;
  accessTokens: AccessTokens;
  tokenDeriver: TokenDeriver;
  emailHash: EmailHasher;
  attributionSigner: Signer;
  isNewVisitor: VisitorFilter;
  /** A cache by name, the same one at each call; see `createCaches`. */
  cache: <T extends object>(name: CacheName) => Cache<T>;
  /** Tells the other instances to forget an entry. */
  announce: (invalidation: Invalidation) => void;
};
/** An entry that another instance must forget. */
export type Invalidation = { cache: CacheName; key: string };
export type CacheName = 'sessions' | 'users' | 'referral-stats';

/** What came with a request to prove who sends it. */
export type Credentials = { accessToken: string | undefined; refreshToken: string | undefined };

/** One request, whichever transport it came by. */
export type Ctx = AppCtx & {
  requestId: string;
  /** The client's address, and the spelling of it that limits are counted by. */
  ip: string;
  address: string;
  userAgent: string | undefined;
  credentials: Credentials;
  /** What a visit to a referral link left with the client; signed, see `referrals/visits`. */
  attribution: string | undefined;
  /** `Idempotency-Key` of the request, as it came. */
  idempotencyKey: string | undefined;
  /** The live session behind the credentials; throws `UNAUTHENTICATED` or `SESSION_EXPIRED`. */
  authenticate: () => Promise<Principal>;
  /** Throws `FORBIDDEN` unless the database says now that the user is an administrator. */
  requireAdmin: (principal: Principal) => Promise<void>;
  /** Hands new credentials to a client that keeps cookies. */
  setSessionCookies: (tokens: { accessToken: string; refreshToken: string }) => void;
  clearSessionCookies: () => void;
  clearAttribution: () => void;
  /** Tells the client what is left of a budget. */
  reportLimit: (state: LimitState) => void;
};

/** A request of someone signed in. */
export type UserCtx = Ctx & { principal: Principal };
