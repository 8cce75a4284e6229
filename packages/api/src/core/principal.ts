import type { Ctx, Principal } from './context.ts';

export const toUserCaller = (userId: string): string => `user:${userId}`;
export const toKeyCaller = (keyId: string): string => `key:${keyId}`;

export function toCaller(principal: Principal): string {
  if (principal.kind === 'key') return toKeyCaller(principal.keyId);
  if (principal.kind === 'impersonation') return `impersonation:${principal.impersonationId}`;
  return toUserCaller(principal.userId);
}

/** The only workspace that an API key reaches; undefined for people. */
export const findKeyWorkspaceId = (principal: Principal): string | undefined =>
  principal.kind === 'key' ? principal.workspaceId : undefined;

/** For procedures that are open to everyone. An API key counts as nobody, and so does an administrator who acts as a user. */
export async function findSignedInUserId(ctx: Ctx): Promise<string | undefined> {
  if (!ctx.credentials.accessToken) return undefined;
  return ctx.authenticate().then(
    (principal) => (principal.kind === 'session' ? principal.userId : undefined),
    () => undefined,
  );
}
