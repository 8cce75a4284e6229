import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import { BoundedLimiter } from './bounded-limiter.ts';
import { AppError } from '../errors.ts';
import { type Budget, type ConfiguredLimits, type LimitName, buildLimitBudgets } from './budgets.ts';
import { type Metrics, watchLimits } from '../observability/metrics.ts';
import type { RedisClient } from '../redis/redis.ts';

export type LimitState = { name: LimitName; budget: Budget; remaining: number; resetSeconds: number };

export type RateLimiter = {
  consume: (name: LimitName, key: string) => Promise<LimitState>;
  /** As `consume`, for each request: without Redis it throws, and creates no promise. */
  count: (name: LimitName, key: string) => Promise<unknown> | undefined;
};

type LimiterOptions = { redis?: RedisClient | undefined; metrics: Metrics };

class Insurance extends BoundedLimiter {
  onUse = () => {};
  override consume(key: string): Promise<RateLimiterRes> {
    this.onUse();
    return super.consume(key);
  }
}

function createLimiter(
  name: LimitName,
  { points, seconds }: Budget,
  { redis, metrics }: LimiterOptions,
): RateLimiterAbstract {
  const budget = { points, duration: seconds };
  if (!redis) return new BoundedLimiter(budget);
  const insuranceLimiter = new Insurance(budget);
  insuranceLimiter.onUse = () => metrics.limitInsured.inc({ limit: name });
  return new RateLimiterRedis({
    ...budget,
    keyPrefix: `linkgrove:limit:${name}`,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter,
    // Rejects a client with an empty budget here, without asking Redis again.
    inMemoryBlockOnConsumed: points + 1,
  });
}

/** With Redis all processes share the budgets; without it, or while it is unavailable, each process counts alone. */
export function createRateLimiter(configured: ConfiguredLimits, options: LimiterOptions): RateLimiter {
  const budgets: Record<LimitName, Budget> = buildLimitBudgets(configured);
  const limiters = new Map<LimitName, RateLimiterAbstract>();
  const getLimiter = (name: LimitName): RateLimiterAbstract => {
    const limiter = limiters.get(name) ?? createLimiter(name, budgets[name], options);
    limiters.set(name, limiter);
    return limiter;
  };
  const decisions: Record<string, { allowed: number; refused: number }> = {};
  const countDecision = (limit: LimitName, result: 'allowed' | 'refused') => {
    (decisions[limit] ??= { allowed: 0, refused: 0 })[result] += 1;
  };
  watchLimits(options.metrics, decisions);
  const consume: RateLimiter['consume'] = async (name, key) => {
    try {
      const state = await getLimiter(name).consume(key);
      countDecision(name, 'allowed');
      return {
        name,
        budget: budgets[name],
        remaining: state.remainingPoints,
        resetSeconds: toSeconds(state.msBeforeNext),
      };
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      countDecision(name, 'refused');
      throw createRateLimitedError(toSeconds(error.msBeforeNext));
    }
  };
  return {
    consume,
    count: (name, key) => {
      const limiter = getLimiter(name);
      if (!(limiter instanceof BoundedLimiter)) return consume(name, key);
      const waitMs = limiter.count(key);
      countDecision(name, waitMs === undefined ? 'allowed' : 'refused');
      if (waitMs !== undefined) throw createRateLimitedError(toSeconds(waitMs));
      return undefined;
    },
  };
}

const toSeconds = (ms: number) => Math.max(1, Math.ceil(ms / 1_000));

export const createRateLimitedError = (seconds: number): AppError =>
  new AppError('RATE_LIMITED', `Too many attempts. Try again in ${seconds} seconds.`, {
    retryAfterSeconds: seconds,
  });
