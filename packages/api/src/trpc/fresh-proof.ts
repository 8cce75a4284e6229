import { middleware, procedure } from './init.ts';

const requireFreshProof = middleware(async ({ ctx, next }) => {
  await ctx.requireFreshProof({ ...ctx, principal: await ctx.authenticate() });
  return next();
});

/**
 * Makes a procedure for signed-in callers need a fresh proof: `authedProcedure.….input().concat(freshlyProven)`.
 * Where only some inputs need one, the service calls `ctx.requireFreshProof` itself.
 */
export const freshlyProven = procedure.meta({ fresh: true }).use(requireFreshProof);
