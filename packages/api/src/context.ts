import { join } from 'node:path';
import { type Db, openDatabase, openNotifications, SCHEMA_VERSION } from '@linkgrove/db';
import { canonicalizeAddress } from './core/http/client-address.ts';
import type { Recorder } from './core/capture/capture.ts';
import { createCaches, parseInvalidation } from './core/cache/caches.ts';
import type { Config } from './core/config/config.ts';
import { listConfigWarnings } from './core/config/warnings.ts';
import type { AppCtx, Credentials, Ctx } from './core/context.ts';
import {
  createEmailHasher,
  createKeyedHasher,
  createSigner,
  createTokenDeriver,
} from './core/crypto/crypto.ts';
import { createBreachLookup } from './core/egress/breaches.ts';
import { createCaptchaCheck } from './core/egress/captcha.ts';
import { createDnsClient } from './core/egress/dns.ts';
import { createHostResolver, type HostResolver } from './core/egress/resolver.ts';
import { createExaminer } from './core/files/examiner.ts';
import { createFolderStore } from './core/files/folder-store.ts';
import { createS3Store } from './core/files/s3-store.ts';
import { createAccessTokens } from './core/crypto/jwt.ts';
import type { Logger } from './core/observability/logger.ts';
import { createMetrics, watchBuild, watchHashing, watchPool } from './core/observability/metrics.ts';
import { VERSION } from './core/version.ts';
import { createPasswords } from './core/crypto/passwords.ts';
import { createSecretBox } from './core/crypto/secret-box.ts';
import type { Principal } from './core/context.ts';
import { createRateLimiter } from './core/limits/rate-limiter.ts';
import type { RedisClient } from './core/redis/redis.ts';
import { AppError } from './core/errors.ts';
import { createFactorSetupRequiredError, isFactorRequired } from './core/required-factor.ts';
import { createSignInProviders } from './core/sign-in-providers/providers.ts';
import {
  authenticateImpersonation,
  recordImpersonatedChange,
} from './features/admin/impersonation/service.ts';
import { createRecorder } from './features/analytics/capture/service.ts';
import { createJudge } from './features/analytics/judging/service.ts';
import { createPostgresSink } from './features/analytics/sink/service.ts';
import { requireFreshSession } from './features/auth/freshness/service.ts';
import { hasProvenFactor } from './features/auth/second-factor/service.ts';
import { authenticateSession, identifyBrowser, readAccessToken } from './features/auth/session/service.ts';
import { answerOnce } from './features/idempotency/service.ts';
import { authenticateKey } from './features/keys/lookup/service.ts';
import { writeLinkVisits } from './features/referrals/visits/service.ts';
import { getAccount } from './features/users/service.ts';

export type App = AppCtx & {
  db: Db;
  databaseUrl: string;
  redis: RedisClient | undefined;
  close: () => Promise<void>;
};

export async function createApp(options: {
  config: Config;
  databaseUrl: string;
  logger: Logger;
  threadPoolSize?: number;
  resolveHost?: HostResolver;
}): Promise<App> {
  const { config, logger } = options;
  for (const warning of listConfigWarnings(config)) logger.warn(warning);
  const metrics = createMetrics();
  watchBuild(metrics, { version: VERSION, schema: SCHEMA_VERSION });
  const database = openDatabase({
    url: options.databaseUrl,
    onError: (error) => logger.warn({ err: error }, 'database connection failed'),
  });
  watchPool(metrics, database.usage);
  const shared = config.redisUrl ? await openShared(config.redisUrl, logger) : undefined;
  const redis = shared?.redis;
  const cache = createCaches({ metrics, redis });
  const onMessage = (message: string) => {
    const entry = parseInvalidation(message);
    if (entry) cache(entry.cache).drop(entry.key);
  };
  const announcements = shared
    ? shared.openAnnouncements(onMessage)
    : openNotifications({
        url: options.databaseUrl,
        onMessage,
        onError: (error) => logger.warn({ err: error }, 'notification connection failed'),
        onPooled: () =>
          logger.info(
            'the pooler passes no notifications: changes on other instances show when cached values expire',
          ),
      });
  const passwords = createPasswords({
    peppers: config.passwordPeppers,
    cost: config.bcryptCost,
    ...(options.threadPoolSize && { threadPoolSize: options.threadPoolSize }),
  });
  watchHashing(metrics, passwords.usage);
  const app: Omit<App, 'recorder' | 'close'> = {
    config,
    logger,
    metrics,
    db: database.db,
    redis,
    databaseUrl: options.databaseUrl,
    cache,
    announce: (entry) => announcements.announce(JSON.stringify(entry)),
    limiter: createRateLimiter(config.limits, { redis, metrics }),
    passwords,
    accessTokens: await createAccessTokens(config.jwtPrivateKeys, config.publicUrl),
    tokenDeriver: createTokenDeriver(config.rootPepper),
    emailHash: createEmailHasher(config.rootPepper),
    keyedHash: createKeyedHasher(config.rootPepper),
    secretBox: createSecretBox(...config.passwordPeppers),
    ...createSigners(config.rootPepper),
    resolveHost: options.resolveHost ?? createHostResolver(),
    dns: createDnsClient(config.dnsServers),
    ...createOutsideServices(config, { logger, metrics }),
    fileStore: config.files.s3
      ? createS3Store(config.files.s3)
      : createFolderStore(join(config.dataDir, 'files')),
    examiner: createExaminer(),
  };
  const recorder = createAppRecorder(app);
  return {
    ...app,
    recorder,
    close: async () => {
      await recorder.close();
      app.examiner.close();
      await announcements.close();
      redis?.disconnect();
      await database.close();
    },
  };
}

const createOutsideServices = (config: Config, watch: Pick<AppCtx, 'logger' | 'metrics'>) => ({
  isBreached: createBreachLookup(config.breachesUrl, watch),
  checkCaptcha: createCaptchaCheck(config.captcha, watch),
  signInProviders: createSignInProviders({
    settings: config.signInProviders.settings,
    publicUrl: config.publicUrl,
    logger: watch.logger,
  }),
});

const createSigners = (secret: Buffer) => ({
  attributionSigner: createSigner(secret, 'linkgrove attribution'),
  unsubscribeSigner: createSigner(secret, 'linkgrove unsubscribe'),
  previewSigner: createSigner(secret, 'linkgrove preview'),
  gateSigner: createSigner(secret, 'linkgrove gate'),
  unlockSigner: createSigner(secret, 'linkgrove unlocked page'),
  clickSigner: createSigner(secret, 'linkgrove click'),
  embedSigner: createSigner(secret, 'linkgrove embed'),
});

/** Most installations have no Redis, so its client is loaded only here. */
async function openShared(url: string, logger: Logger) {
  const { openAnnouncements, openRedis } = await import('./core/redis/redis.ts');
  const redis = await openRedis(url, logger);
  return {
    redis,
    openAnnouncements: (onMessage: (message: string) => void) =>
      openAnnouncements(url, { publisher: redis, onMessage }),
  };
}

function createAppRecorder(app: Omit<AppCtx, 'recorder'>): Recorder {
  const identify = (credentials: Credentials) => identifyBrowser(app, credentials);
  const sink = createPostgresSink(app, writeLinkVisits);
  return createRecorder({ ...app, sink, judge: createJudge(app, identify) });
}

export type RequestPart = Omit<
  Ctx,
  | Exclude<keyof AppCtx, 'requestId'>
  | 'address'
  | 'authenticate'
  | 'requireAdmin'
  | 'requireSecondFactor'
  | 'recordImpersonatedChange'
  | 'requireFreshProof'
  | 'answerOnce'
>;

/** The caller is looked up once, on first use. */
export function createContext(app: AppCtx, request: RequestPart): Ctx {
  const { config } = app;
  let principal: Promise<Principal> | undefined;
  const ctx: Ctx = {
    ...app,
    ...request,
    address: canonicalizeAddress(request.ip),
    answerOnce,
    authenticate: () => (principal ??= authenticateCaller(ctx)),
    requireAdmin: async (caller) => {
      const { role } = await getAccount(app, caller.userId);
      if (role !== 'admin' || caller.kind !== 'session')
        throw new AppError('FORBIDDEN', 'Administrators only');
      if (!isFactorRequired(config, role)) return;
      if (!(await hasProvenFactor(app, caller)))
        throw new AppError(
          'FORBIDDEN',
          'Administrators need a second factor. Turn one on for your account, or sign in with a passkey.',
        );
    },
    requireSecondFactor: async (caller) => {
      if (!(await hasProvenFactor(app, caller))) throw createFactorSetupRequiredError();
    },
    recordImpersonatedChange: (trx, caller, procedure) =>
      recordImpersonatedChange({ ...ctx, db: trx.db }, caller, procedure),
    requireFreshProof: requireFreshSession,
  };
  return ctx;
}

async function authenticateCaller(ctx: Ctx): Promise<Principal> {
  const { apiKey } = ctx.credentials;
  if (apiKey !== undefined) return authenticateKey(ctx, apiKey);
  const claims = await readAccessToken(ctx, ctx.credentials);
  return claims.actorId === undefined
    ? authenticateSession(ctx, claims)
    : authenticateImpersonation(ctx, claims);
}
