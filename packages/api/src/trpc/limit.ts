import type { LimitName } from '../core/limits/budgets.ts';
import { middleware } from './init.ts';

/** Takes one call of the client's address from the named budget, whichever transport it came by. */
export const limitCalls = (name: LimitName) =>
  middleware(async ({ ctx, next }) => {
    ctx.reportLimit(await ctx.limiter.consume(name, ctx.address));
    return next();
  });
