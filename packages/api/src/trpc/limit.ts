import type { LimitName } from '../core/limits/budgets.ts';
import { middleware } from './init.ts';

/** Consumes one call of the named rate limit budget for the client's address. */
export const limitCalls = (name: LimitName) =>
  middleware(async ({ ctx, next }) => {
    ctx.reportLimit(await ctx.limiter.consume(name, ctx.address));
    return next();
  });
