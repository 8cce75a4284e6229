import type { Db, DbContext, Trx } from '@linkgrove/db';
import type { Cache } from './cache/cache.ts';
import type { Config } from './config/config.ts';
import type { EmailHasher, KeyedHasher, Signer, TokenDeriver } from './crypto/crypto.ts';
import type { AccessTokens } from './crypto/jwt.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import type { Passwords } from './crypto/passwords.ts';
import type { LimitState, RateLimiter } from './limits/rate-limiter.ts';

/** A database handle, inside a transaction or not. */
export type DbCtx = { db: Db };
/** The handle of a transaction: what takes it is only right inside one. */
export type TrxCtx = { db: Trx };

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
  fingerprint: KeyedHasher;
  attributionSigner: Signer;
  /** Signs the id of a user for the link that ends our mails to them. */
  unsubscribeSigner: Signer;
  /** Of links to pages that are not published, and of those past a gate. */
  previewSigner: Signer;
  gateSigner: Signer;
  /** A cache by name, the same one at each call; see `createCaches`. */
  cache: <T extends object>(name: CacheName) => Cache<T>;
  /** Tells the other instances to forget an entry. */
  announce: (invalidation: Invalidation) => void;
};
/** The process inside a transaction, as `withTransaction` hands it on. */
export type AppTrxCtx = AppCtx & TrxCtx;

/** An entry that another instance must forget. */
export type Invalidation = { cache: CacheName; key: string };
export type CacheName =
  | 'sessions'
  | 'users'
  | 'referral-stats'
  | 'campaigns'
  | 'visitor-salts'
  | 'public-pages';

/** Who is calling: a live session of an existing user. */
export type Principal = { userId: string; sessionId: string };

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
  /** The name that the client's device keeps, a new one where it has none; it tells accounts of one device. */
  device: () => string;
  /** `Idempotency-Key` of the request, as it came. */
  idempotencyKey: string | undefined;
  /** `If-Match` of the request, as it came. */
  ifMatch: string | undefined;
  /** The live session behind the credentials; throws `UNAUTHENTICATED` or `SESSION_EXPIRED`. */
  authenticate: () => Promise<Principal>;
  /** Throws `FORBIDDEN` unless the database says now that the user is an administrator. */
  requireAdmin: (principal: Principal) => Promise<void>;
  /** Hands new credentials to a client that keeps cookies. */
  setSessionCookies: (tokens: { accessToken: string; refreshToken: string }) => void;
  clearSessionCookies: () => void;
  clearAttribution: () => void;
  /** Says which version of a thing the answer shows. */
  setEtag: (etag: string) => void;
  /** Tells the client what is left of a budget. */
  reportLimit: (state: LimitState) => void;
};

/** A request of someone signed in. */
export type UserCtx = Ctx & { principal: Principal };
