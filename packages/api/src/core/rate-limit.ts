import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from './errors.ts';
import { type Budget, type LimitName, limitBudgets } from './limits.ts';

/** What is left of a budget: for the `RateLimit` headers. */
export type LimitState = { name: LimitName; budget: Budget; remaining: number; resetSeconds: number };

export type RateLimiter = {
  /** Takes one call from the budget `name` of `key`; throws `RATE_LIMITED` with the seconds to wait. */
  consume: (name: LimitName, key: string) => Promise<LimitState>;
};

/** Counts in this process; one budget per name and key, whichever transport the call came by. */
export function createRateLimiter(configured: Parameters<typeof limitBudgets>[0]): RateLimiter {
  const budgets: Record<LimitName, Budget> = limitBudgets(configured);
  const limiters = new Map(
    Object.entries(budgets).map(([name, { points, seconds }]) => [
      name,
      new RateLimiterMemory({ keyPrefix: name, points, duration: seconds }),
    ]),
  );
  const limiter = (name: LimitName) => limiters.get(name) as RateLimiterMemory;
  return {
    consume: async (name, key) => {
      try {
        const state = await limiter(name).consume(key);
        return {
          name,
          budget: budgets[name],
          remaining: state.remainingPoints,
          resetSeconds: toSeconds(state),
        };
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        throw tooMany(toSeconds(error));
      }
    },
  };
}

const toSeconds = (state: RateLimiterRes) => Math.max(1, Math.ceil(state.msBeforeNext / 1_000));

/** The refusal of every limit, with the seconds until a call is allowed again. */
export const tooMany = (seconds: number): AppError =>
  new AppError('RATE_LIMITED', `Too many attempts. Try again in ${seconds} seconds.`, {
    retryAfterSeconds: seconds,
  });
