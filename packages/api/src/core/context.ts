import type { Db, DbContext, Trx } from '@linkgrove/db';
import type { Action, Scope } from './access.ts';
import type { Cache } from './cache/cache.ts';
import type { CapturedRequest, Recorder, Visitor } from './capture/capture.ts';
import type { Config } from './config/config.ts';
import type { EmailHasher, KeyedHasher, Signer, TokenDeriver } from './crypto/crypto.ts';
import type { BreachLookup } from './egress/breaches.ts';
import type { CaptchaCheck } from './egress/captcha.ts';
import type { DnsClient } from './egress/dns.ts';
import type { HostResolver } from './egress/resolver.ts';
import type { Examiner } from './files/examiner.ts';
import type { FileStore } from './files/store.ts';
import type { AccessTokens } from './crypto/jwt.ts';
import type { SecretBox } from './crypto/secret-box.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import type { Passwords } from './crypto/passwords.ts';
import type { LimitState, RateLimiter } from './limits/rate-limiter.ts';
import type { SignInProviders } from './sign-in-providers/providers.ts';

export type DbCtx = { db: Db };
export type TrxCtx = { db: Trx };

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
  secretBox: SecretBox;
  attributionSigner: Signer;
  unsubscribeSigner: Signer;
  previewSigner: Signer;
  gateSigner: Signer;
  unlockSigner: Signer;
  clickSigner: Signer;
  embedSigner: Signer;
  resolveHost: HostResolver;
  dns: DnsClient;
  isBreached: BreachLookup;
  checkCaptcha: CaptchaCheck;
  fileStore: FileStore;
  examiner: Examiner;
  signInProviders: SignInProviders;
  cache: <T extends object>(name: CacheName) => Cache<T>;
  announce: (invalidation: Invalidation) => void;
  recorder: Recorder;
  /** The ID of a request, also in the jobs that continue its work. */
  requestId?: string | undefined;
  /** The administrator who acts: security events are then part of the audit log. */
  adminId?: string | undefined;
};
export type AppTrxCtx = AppCtx & TrxCtx;
export type CacheCtx = DbContext & Pick<AppCtx, 'cache' | 'announce'>;

export type Invalidation = { cache: CacheName; key: string };
export type CacheName =
  | 'sessions'
  | 'keys'
  | 'users'
  | 'referral-stats'
  | 'campaigns'
  | 'visitor-salts'
  | 'analytics'
  | 'domains'
  | 'public-pages';

export type SessionPrincipal = { kind: 'session'; userId: string; sessionId: string };
/** Acts for the user who made the key, in one workspace. */
export type KeyPrincipal = {
  kind: 'key';
  userId: string;
  keyId: string;
  workspaceId: string;
  scopes: readonly Scope[];
};
/** An administrator who acts as the user, which only the procedures of `IMPERSONABLE` allow. */
export type ImpersonationPrincipal = {
  kind: 'impersonation';
  userId: string;
  actorId: string;
  impersonationId: string;
};
export type Principal = SessionPrincipal | KeyPrincipal | ImpersonationPrincipal;

/** `caller` is `user:` and the user's ID, or `key:` or `impersonation:` and its ID. */
export type IdempotentCall = { caller: string; key: string; procedure: string; input: unknown };
export type KeptAnswer = { output: unknown; etag?: string };

/** `isBearer`: the access token is from the Authorization header, not from a cookie. With `apiKey` there is none. */
export type Credentials = {
  apiKey: string | undefined;
  accessToken: string | undefined;
  refreshToken: string | undefined;
  isBearer: boolean;
};

export type Ctx = AppCtx & {
  requestId: string;
  ip: string;
  /** The canonical form of `ip` by which rate limits count. */
  address: string;
  userAgent: string | undefined;
  /** The client's country (ISO 3166-1 alpha-2), if a trusted proxy sent it. */
  country: string | undefined;
  credentials: Credentials;
  attribution: string | undefined;
  device: () => string;
  idempotencyKey: string | undefined;
  /** Runs `act` in a transaction, or returns the answer that an earlier call with the key got. */
  answerOnce: (
    ctx: AppCtx,
    call: IdempotentCall,
    act: (trx: AppTrxCtx) => Promise<KeptAnswer>,
  ) => Promise<KeptAnswer>;
  ifMatch: string | undefined;
  /** The token of the page's captcha, from the header of that name. */
  captchaToken: string | undefined;
  /** The request as analytics see it. */
  capture: () => CapturedRequest;
  /** The request as public pages see it. */
  visitor: () => Visitor;
  authenticate: () => Promise<Principal>;
  /** Throws `FORBIDDEN` unless the user is an administrator now, according to the database. */
  requireAdmin: (principal: Principal) => Promise<void>;
  /** Throws `MFA_SETUP_REQUIRED` unless the session has passed two factors. */
  requireSecondFactor: (principal: SessionPrincipal) => Promise<void>;
  recordImpersonatedChange: (
    ctx: AppTrxCtx,
    principal: ImpersonationPrincipal,
    procedure: string,
  ) => Promise<void>;
  /** Throws `REAUTHENTICATION_REQUIRED` unless the session signed in or gave a proof in the last ten minutes. */
  requireFreshProof: (ctx: DbCtx & { principal: Principal }) => Promise<void>;
  setSessionCookies: (tokens: { accessToken: string; refreshToken: string }) => void;
  clearSessionCookies: () => void;
  /** Keeps an encrypted step of a sign-in with a provider in the browser. */
  signInCookie: {
    read: () => string | undefined;
    set: (sealed: string, seconds: number) => void;
    clear: () => void;
  };
  setAttribution: (signed: string) => void;
  clearAttribution: () => void;
  setUnlockToken: (pageId: string, token: string, seconds: number) => void;
  setEtag: (etag: string) => void;
  reportLimit: (state: LimitState) => void;
};

export type UserCtx = Ctx & { principal: Principal };
export type SessionCtx = Ctx & { principal: SessionPrincipal };
/** `action` is what the procedure does in a workspace, as it declares. */
export type MemberCtx = UserCtx & { action: Action };
