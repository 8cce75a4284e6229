import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { Ctx, UserCtx } from '../../core/context.ts';
import { canonicalizeEmail } from '../../core/text/email-address.ts';
import { AppError } from '../../core/errors.ts';
import { deleteEmailTokens, revokeEmailTokens, sendEmailToken } from '../auth/email-token/service.ts';
import { requirePassword } from '../auth/reauthentication/service.ts';
import { deleteSessions, endAllSessions, listSessions } from '../auth/session/service.ts';
import type { User } from '../users/schema.ts';
import * as users from '../users/service.ts';
import { enqueueMail, deleteMailTo } from '../mail/service.ts';
import { deletePagesOfUser } from '../pages/service.ts';
import { exportPages } from '../pages/transfer/service.ts';
import { refreshLeaderboardOfUser } from '../referrals/leaderboard/service.ts';
import { disableLinksOfUser } from '../referrals/links/service.ts';
import { listReferrals, getOwnReferralStats } from '../referrals/service.ts';
import { listCreditEntries } from '../rewards/service.ts';
import {
  anonymiseSecurityEvents,
  listSecurityEvents,
  recordSecurityEvent,
} from '../security-events/service.ts';
import type { AccountExport, changeEmailInput, changePasswordInput, updateAccountInput } from './schema.ts';

/** Who is signed in. */
export const getOwnUser = (ctx: UserCtx): Promise<User> => users.getUser(ctx, ctx.principal.userId);

/**
 * Changes names, whether to be on the leaderboard and whether to get mails about referrals. Throws
 * `USERNAME_TAKEN`, `VALIDATION_FAILED` for a reserved name, and `LIMIT_REACHED` when the username was changed
 * less than 14 days ago.
 */
export async function updateAccount(ctx: UserCtx, input: z.infer<typeof updateAccountInput>): Promise<User> {
  const { userId } = ctx.principal;
  const { username, ...change } = input;
  const isRename = username !== undefined && username !== (await getOwnUser(ctx)).username;
  await withTransaction(ctx, async (trx) => {
    if (isRename) {
      await users.renameUser(trx, userId, username);
      await recordSecurityEvent(trx, 'username_changed', { userId });
    }
    await users.updateUser(trx.db, userId, change);
    if (change.leaderboard !== undefined) await refreshLeaderboardOfUser(trx, userId);
    await users.forgetUser(trx, userId);
  });
  return getOwnUser(ctx);
}

/** Ends the mails about referrals, by the link in one of them. Throws `TOKEN_EXPIRED` where it is none of ours. */
export async function unsubscribeFromReferralMail(ctx: Ctx, { token }: { token: string }): Promise<void> {
  const userId = ctx.unsubscribeSigner.verify(token);
  if (userId === null)
    throw new AppError('TOKEN_EXPIRED', 'This link is not complete. Open it from the mail again.');
  await users.updateUser(ctx.db, userId, { referralMail: false });
}

/** Changes the password and ends all other sessions. Throws `INVALID_CREDENTIALS` where the current one is wrong. */
export async function changePassword(
  ctx: UserCtx,
  input: z.infer<typeof changePasswordInput>,
): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  const account = await requirePassword(ctx, userId, input.currentPassword);
  users.requireStrongPassword('newPassword', input.newPassword, [account.username, account.email]);
  const passwordHash = await ctx.passwords.hash(input.newPassword);
  await withTransaction(ctx, async (trx) => {
    await users.replacePassword(trx, account, passwordHash);
    await revokeEmailTokens(trx, userId);
    await endAllSessions(trx, userId, sessionId);
    const { email: to, username } = account;
    await enqueueMail(trx, { template: 'password-changed', to, username, userId });
    await recordSecurityEvent(trx, 'password_changed', { userId, sessionId });
  });
}

/**
 * Mails a link to a new address, which replaces the old one when it is opened, and tells the old one. Throws
 * `INVALID_CREDENTIALS` where the password is wrong and `EMAIL_TAKEN`.
 */
export async function changeEmail(ctx: UserCtx, input: z.infer<typeof changeEmailInput>): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  ctx.reportLimit(await ctx.limiter.consume('changeEmailAccount', userId));
  const { username, email } = await requirePassword(ctx, userId, input.password);
  await users.requireUntakenEmail(ctx, input.email, userId);
  await withTransaction(ctx, async (trx) => {
    await sendEmailToken(trx, 'change_email', { id: userId, username, email: input.email });
    await enqueueMail(trx, { template: 'email-change-requested', to: email, username, userId });
    await recordSecurityEvent(trx, 'email_change_requested', { userId, sessionId });
  });
}

/**
 * Deletes the account: everything of the person goes at once, the counts that others see stay. Throws
 * `INVALID_CREDENTIALS` where the password is wrong.
 */
export async function deleteAccount(ctx: UserCtx, input: { password: string }): Promise<void> {
  const { userId } = ctx.principal;
  const account = await requirePassword(ctx, userId, input.password);
  const { email } = account;
  await withTransaction(ctx, async (trx) => {
    await users.lockPassword(trx, account);
    await recordSecurityEvent(trx, 'account_deleted', { userId });
    await anonymiseSecurityEvents(trx, userId);
    await deleteSessions(trx, userId);
    await deleteEmailTokens(trx, userId);
    await disableLinksOfUser(trx, userId);
    await deletePagesOfUser(trx, { userId, emailCanonical: canonicalizeEmail(email) });
    await deleteMailTo(trx, { userId, address: email });
    await users.anonymiseUser(trx.db, userId, trx.emailHash(canonicalizeEmail(email)));
    await users.forgetUser(trx, userId);
  });
}

/** All rows of a list, page by page. */
async function all<T>(fetch: (cursor: string | undefined) => Promise<Paginated<T>>): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await fetch(cursor);
    rows.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return rows;
}

/** Everything held about the user, as one document. */
export async function exportAccount(ctx: UserCtx): Promise<AccountExport> {
  const limit = 100;
  return {
    exportedAt: new Date().toISOString(),
    user: await getOwnUser(ctx),
    ...(await users.getPreferences(ctx, ctx.principal.userId)),
    sessions: await all((cursor) => listSessions(ctx, { limit, cursor })),
    referralLinks: (await getOwnReferralStats(ctx, { days: 1 })).links,
    referrals: await all((cursor) => listReferrals(ctx, { limit, cursor })),
    credits: await all((cursor) => listCreditEntries(ctx, { limit, cursor })),
    securityEvents: await all((cursor) => listSecurityEvents(ctx, { limit, cursor })),
    ...(await exportPages(ctx)),
  };
}
