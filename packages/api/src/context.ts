import { type Db, openDatabase, openNotifications } from '@linkgrove/db';
import { canonicalAddress } from './core/address.ts';
import { createCaches, readInvalidation } from './core/caches.ts';
import type { Config } from './core/config.ts';
import type { AppCtx, Ctx } from './core/context.ts';
import { createEmailHasher, createSigner, createTokenDeriver } from './core/crypto.ts';
import { createAccessTokens } from './core/jwt.ts';
import type { Logger } from './core/logger.ts';
import { createPasswords } from './core/password.ts';
import type { Principal } from './core/principal.ts';
import { createRateLimiter } from './core/rate-limit.ts';
import { createVisitorFilter } from './core/visitor-filter.ts';
import { AppError } from './core/errors.ts';
import { authenticate } from './features/auth/session/service.ts';
import { getAccount } from './features/auth/user/service.ts';

export type App = AppCtx & { db: Db; databaseUrl: string; close: () => Promise<void> };

/** Everything that a server or a worker keeps for its whole life. End it with `close`. */
export async function createApp(options: {
  config: Config;
  databaseUrl: string;
  logger: Logger;
  threadPoolSize?: number;
}): Promise<App> {
  const { config, logger } = options;
  if (config.redisUrl) logger.warn('REDIS_URL is not used yet: cache and limits are kept per process');
  const { db, close } = openDatabase({
    url: options.databaseUrl,
    onError: (error) => logger.warn({ err: error }, 'A database connection broke'),
  });
  const cache = createCaches();
  const notifications = openNotifications({
    url: options.databaseUrl,
    onMessage: (message) => {
      const entry = readInvalidation(message);
      if (entry) cache(entry.cache).invalidate(entry.key);
    },
    onError: (error) => logger.warn({ err: error }, 'The connection for notifications broke'),
  });
  return {
    config,
    logger,
    db,
    databaseUrl: options.databaseUrl,
    cache,
    announce: (entry) => notifications.announce(JSON.stringify(entry)),
    close: async () => {
      await notifications.close();
      await close();
    },
    limiter: createRateLimiter(config.limits),
    passwords: createPasswords({
      pepper: config.passwordPepper,
      cost: config.bcryptCost,
      ...(options.threadPoolSize && { threadPoolSize: options.threadPoolSize }),
    }),
    accessTokens: await createAccessTokens(config.jwtPrivateKeys, config.publicUrl),
    tokenDeriver: createTokenDeriver(config.passwordPepper),
    emailHash: createEmailHasher(config.passwordPepper),
    attributionSigner: createSigner(config.passwordPepper, 'linkgrove attribution'),
    isNewVisitor: createVisitorFilter(),
  };
}

/** What a transport knows of a request. */
export type RequestPart = Omit<Ctx, keyof AppCtx | 'address' | 'authenticate' | 'requireAdmin'>;

/** The context of one request. Who it comes from is looked up at the first use and once. */
export function createContext(app: AppCtx, request: RequestPart): Ctx {
  let principal: Promise<Principal> | undefined;
  return {
    ...app,
    ...request,
    address: canonicalAddress(request.ip),
    authenticate: () => (principal ??= authenticate(app, request.credentials)),
    requireAdmin: async ({ userId }) => {
      const { role } = await getAccount(app, userId);
      if (role !== 'admin') throw new AppError('FORBIDDEN', 'This is for administrators');
    },
  };
}
