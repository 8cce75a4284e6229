import type { Ctx, Principal } from './context.ts';

export const toUserCaller = (userId: string): string => `user:${userId}`;
export const toKeyCaller = (keyId: string): string => `key:${keyId}`;

export const toCaller = (principal: Principal): string =>
  principal.kind === 'key' ? toKeyCaller(principal.keyId) : toUserCaller(principal.userId);

/** The only workspace that an API key reaches; undefined for people. */
export const findKeyWorkspaceId = (principal: Principal): string | undefined =>
  principal.kind === 'key' ? principal.workspaceId : undefined;

/** For procedures that are open to everyone. An API key counts as nobody. */
export async function findSignedInUserId(ctx: Ctx): Promise<string | undefined> {
  if (!ctx.credentials.accessToken) return undefined;
  return ctx.authenticate().then(
    (principal) => principal.userId,
    () => undefined,
  );
}
