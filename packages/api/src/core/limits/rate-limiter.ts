import { type RateLimiterAbstract, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { BoundedLimiter } from './bounded-limiter.ts';
import { AppError } from '../errors.ts';
import { type Budget, type ConfiguredLimits, type LimitName, buildLimitBudgets } from './budgets.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { RedisClient } from '../redis/redis.ts';

/** What is left of a budget: for the `RateLimit` headers. */
export type LimitState = { name: LimitName; budget: Budget; remaining: number; resetSeconds: number };

export type RateLimiter = {
  /** Takes one call from the budget `name` of `key`; throws `RATE_LIMITED` with the seconds to wait. */
  consume: (name: LimitName, key: string) => Promise<LimitState>;
};

type LimiterOptions = { redis?: RedisClient | undefined; metrics: Metrics };

/** Counts in this process for as long as Redis does not, and tells of it. */
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
    // Who has used up a budget is refused from here, without asking Redis again.
    inMemoryBlockOnConsumed: points + 1,
  });
}

/**
 * One budget per name and key, whichever transport a call came by: shared by all processes with Redis, and counted
 * in each of them without it or while it does not answer.
 */
export function createRateLimiter(configured: ConfiguredLimits, options: LimiterOptions): RateLimiter {
  const budgets: Record<LimitName, Budget> = buildLimitBudgets(configured);
  const limiters = new Map(
    Object.entries(budgets).map(([name, budget]) => [
      name,
      createLimiter(name as LimitName, budget, options),
    ]),
  );
  const count = (limit: LimitName, result: 'allowed' | 'refused') =>
    options.metrics.limitDecisions.inc({ limit, result });
  return {
    consume: async (name, key) => {
      try {
        const state = await (limiters.get(name) as RateLimiterAbstract).consume(key);
        count(name, 'allowed');
        return {
          name,
          budget: budgets[name],
          remaining: state.remainingPoints,
          resetSeconds: toSeconds(state),
        };
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        count(name, 'refused');
        throw createRateLimitedError(toSeconds(error));
      }
    },
  };
}

const toSeconds = (state: RateLimiterRes) => Math.max(1, Math.ceil(state.msBeforeNext / 1_000));

/** The refusal of every limit, with the seconds until a call is allowed again. */
export const createRateLimitedError = (seconds: number): AppError =>
  new AppError('RATE_LIMITED', `Too many attempts. Try again in ${seconds} seconds.`, {
    retryAfterSeconds: seconds,
  });
