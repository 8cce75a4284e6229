import type { Db, DbContext, Trx } from '@linkgrove/db';
import type { Cache } from './cache/cache.ts';
import type { Config } from './config/config.ts';
import type { EmailHasher, KeyedHasher, Signer, TokenDeriver } from './crypto/crypto.ts';
import type { AccessTokens } from './crypto/jwt.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import type { Passwords } from './crypto/passwords.ts';
import type { LimitState, RateLimiter } from './limits/rate-limiter.ts';

/** A database handle, in a transaction or not. */
export type DbCtx = { db: Db };
/** A transaction handle, for functions that must run in a transaction. */
export type TrxCtx = { db: Trx };

/** Everything that lives as long as the process. Services and jobs receive it as `ctx`. */
export type AppCtx = DbContext & {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  limiter: RateLimiter;
  passwords: Passwords;
  accessTokens: AccessTokens;
  tokenDeriver: TokenDeriver;
  emailHash: EmailHasher;
  keyedHash: KeyedHasher;
  attributionSigner: Signer;
  /** Signs user ids in unsubscribe links. */
  unsubscribeSigner: Signer;
  /** Signs links to previews of unpublished pages. */
  previewSigner: Signer;
  /** Signs links that lead past a gate. */
  gateSigner: Signer;
  /** Returns the cache with this name; see `createCaches`. */
  cache: <T extends object>(name: CacheName) => Cache<T>;
  /** Tells the other instances to invalidate an entry. */
  announce: (invalidation: Invalidation) => void;
};
/** The app context inside a transaction, as `withTransaction` passes it. */
export type AppTrxCtx = AppCtx & TrxCtx;

/** A cache entry that other instances must invalidate. */
export type Invalidation = { cache: CacheName; key: string };
export type CacheName =
  | 'sessions'
  | 'users'
  | 'referral-stats'
  | 'campaigns'
  | 'visitor-salts'
  | 'public-pages';

/** The caller: a live session of an existing user. */
export type Principal = { userId: string; sessionId: string };

/** The tokens that came with a request. */
export type Credentials = { accessToken: string | undefined; refreshToken: string | undefined };

/** One request, over REST or tRPC. */
export type Ctx = AppCtx & {
  requestId: string;
  ip: string;
  /** The canonical form of `ip` by which rate limits count. */
  address: string;
  userAgent: string | undefined;
  /** The client's country (ISO 3166-1 alpha-2), if a trusted proxy sent it. */
  country: string | undefined;
  credentials: Credentials;
  /** The signed attribution that a visit to a referral link left with the client; see `referrals/visits`. */
  attribution: string | undefined;
  /** Returns the random name that the device keeps, a new one if it has none. It links accounts of one device. */
  device: () => string;
  /** The `Idempotency-Key` header, unparsed. */
  idempotencyKey: string | undefined;
  /** The `If-Match` header, unparsed. */
  ifMatch: string | undefined;
  /** Returns the live session of the credentials. Throws `UNAUTHENTICATED` or `SESSION_EXPIRED`. */
  authenticate: () => Promise<Principal>;
  /** Throws `FORBIDDEN` unless the user is an administrator now, according to the database. */
  requireAdmin: (principal: Principal) => Promise<void>;
  /** Sets new tokens as cookies. */
  setSessionCookies: (tokens: { accessToken: string; refreshToken: string }) => void;
  clearSessionCookies: () => void;
  clearAttribution: () => void;
  /** Sets the ETag of the answer. */
  setEtag: (etag: string) => void;
  /** Reports the rest of a rate limit budget to the client. */
  reportLimit: (state: LimitState) => void;
};

/** A request of a signed-in user. */
export type UserCtx = Ctx & { principal: Principal };
