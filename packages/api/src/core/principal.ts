import type { Ctx } from './context.ts';

export const toUserCaller = (userId: string): string => `user:${userId}`;

export async function findSignedInUserId(ctx: Ctx): Promise<string | undefined> {
  if (!ctx.credentials.accessToken) return undefined;
  return ctx.authenticate().then(
    (principal) => principal.userId,
    () => undefined,
  );
}
