import type { Ctx, IdempotentCall, KeptAnswer } from '../core/context.ts';
import { toCaller } from '../core/principal.ts';
import { middleware, procedure } from './init.ts';

async function describeCall(
  ctx: Ctx,
  key: string,
  request: Pick<IdempotentCall, 'procedure' | 'input'>,
): Promise<IdempotentCall> {
  return { ...request, key, caller: toCaller(await ctx.authenticate()) };
}

const answerOnce = middleware(async ({ ctx, path, getRawInput, next }) => {
  if (ctx.idempotencyKey === undefined) return next();
  const call = await describeCall(ctx, ctx.idempotencyKey, { procedure: path, input: await getRawInput() });
  const { output, etag } = await ctx.answerOnce(ctx, call, async ({ db, commitHooks }) => {
    const kept: KeptAnswer = { output: undefined };
    const setEtag = (value: string) => void (kept.etag = value);
    const result = await next({ ctx: { db, commitHooks, setEtag } });
    if (!result.ok) throw result.error;
    kept.output = result.data;
    return kept;
  });
  if (etag !== undefined) ctx.setEtag(etag);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- tRPC exports no marker, and reads none
  return { ok: true, data: output } as Awaited<ReturnType<typeof next>>;
});

/**
 * Makes a procedure honour `Idempotency-Key`: `authedProcedure.….input().concat(idempotent).output()`. All that
 * follows runs in one transaction, so hashing and network requests belong into a middleware before it.
 */
export const idempotent = procedure.meta({ idempotent: true }).use(answerOnce);
