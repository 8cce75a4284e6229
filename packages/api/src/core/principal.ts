import type { Ctx } from './context.ts';

/** Finds who sends a request that needs no session; undefined without a live session. */
export async function findSignedInUserId(ctx: Ctx): Promise<string | undefined> {
  if (!ctx.credentials.accessToken) return undefined;
  return ctx.authenticate().then(
    (principal) => principal.userId,
    () => undefined,
  );
}
