import type { LimitName } from '../core/limits/budgets.ts';
import { middleware } from './init.ts';

/** For signed-in callers; counts per user. */
export const limitAccountCalls = (name: LimitName) =>
  middleware(async ({ ctx, next }) => {
    const { userId } = await ctx.authenticate();
    ctx.reportLimit(await ctx.limiter.consume(name, userId));
    return next();
  });

export const limitCalls = (name: LimitName) =>
  middleware(async ({ ctx, next }) => {
    ctx.reportLimit(await ctx.limiter.consume(name, ctx.address));
    return next();
  });
