import type { LimitName } from '../core/limits/budgets.ts';
import { middleware } from './init.ts';

export const limitCalls = (name: LimitName) =>
  middleware(async ({ ctx, next }) => {
    ctx.reportLimit(await ctx.limiter.consume(name, ctx.address));
    return next();
  });
