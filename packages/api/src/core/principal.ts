import type { Ctx } from './context.ts';

export async function findSignedInUserId(ctx: Ctx): Promise<string | undefined> {
  if (!ctx.credentials.accessToken) return undefined;
  return ctx.authenticate().then(
    (principal) => principal.userId,
    () => undefined,
  );
}
