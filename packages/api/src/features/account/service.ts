import { type Page, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { Ctx, UserCtx } from '../../core/context.ts';
import { canonicalEmail } from '../../core/email-address.ts';
import { AppError } from '../../core/errors.ts';
import { deleteTokens, revokeTokens, sendToken } from '../auth/email-token/service.ts';
import { deleteSessions, endAll, list as listSessions } from '../auth/session/service.ts';
import type { User } from '../auth/user/schema.ts';
import * as users from '../auth/user/service.ts';
import { enqueueMail, forgetMailTo } from '../mail/service.ts';
import { deletePagesOf } from '../pages/service.ts';
import { exportAll as exportPages } from '../pages/transfer/service.ts';
import { refreshUser } from '../referrals/leaderboard/service.ts';
import { disableLinks } from '../referrals/links/service.ts';
import { list as listReferrals, stats } from '../referrals/service.ts';
import { listEntries } from '../rewards/service.ts';
import { anonymiseEvents, list as listEvents, recordEvent } from '../security-events/service.ts';
import type { AccountExport, changeEmailInput, changePasswordInput, updateInput } from './schema.ts';

/** Days between two changes of a username. */
const RENAME_DAYS = 14;

/** Who is signed in. */
export const me = (ctx: UserCtx): Promise<User> => users.getUser(ctx, ctx.principal.userId);

/**
 * Changes names, whether to be on the leaderboard and whether to get mails about referrals. Throws
 * `USERNAME_TAKEN`, `VALIDATION_FAILED` for a reserved name, and `LIMIT_REACHED` when the username was changed
 * less than 14 days ago.
 */
export async function update(ctx: UserCtx, input: z.infer<typeof updateInput>): Promise<User> {
  const { userId } = ctx.principal;
  const { username, displayName, leaderboard, referralMail } = input;
  const isRename = username !== undefined && username !== (await me(ctx)).username;
  await withTransaction(ctx, async (trx) => {
    if (isRename) {
      if (!(await users.rename(trx, userId, username, RENAME_DAYS))) {
        throw new AppError('LIMIT_REACHED', `A username can be changed once in ${RENAME_DAYS} days`);
      }
      await recordEvent(trx, 'username_changed', { userId });
    }
    if (displayName !== undefined) await users.setDisplayName(trx, userId, displayName);
    if (leaderboard !== undefined) {
      await users.setLeaderboard(trx, userId, leaderboard);
      await refreshUser(trx, userId);
    }
    if (referralMail !== undefined) await users.setReferralMail(trx, userId, referralMail);
    await users.forgetUser(trx, userId);
  });
  return me(ctx);
}

/** Ends the mails about referrals, by the link in one of them. Throws `TOKEN_EXPIRED` where it is none of ours. */
export async function unsubscribe(ctx: Ctx, { token }: { token: string }): Promise<void> {
  const userId = ctx.unsubscribeSigner.verify(token);
  if (userId === null)
    throw new AppError('TOKEN_EXPIRED', 'This link is not complete. Open it from the mail again.');
  await users.setReferralMail(ctx, userId, false);
}

/** Changes the password and ends all other sessions. Throws `INVALID_CREDENTIALS` where the current one is wrong. */
export async function changePassword(
  ctx: UserCtx,
  input: z.infer<typeof changePasswordInput>,
): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  const account = await users.requirePassword(ctx, userId, input.currentPassword);
  users.requireStrength('newPassword', input.newPassword, [account.username, account.email]);
  const passwordHash = await ctx.passwords.hash(input.newPassword);
  await withTransaction(ctx, async (trx) => {
    await users.replacePassword(trx, account, passwordHash);
    await revokeTokens(trx, userId);
    await endAll(trx, userId, sessionId);
    const { email: to, username } = account;
    await enqueueMail(trx, { template: 'password-changed', to, username, userId });
    await recordEvent(trx, 'password_changed', { userId, sessionId });
  });
}

/**
 * Mails a link to a new address, which replaces the old one when it is opened, and tells the old one. Throws
 * `INVALID_CREDENTIALS` where the password is wrong and `EMAIL_TAKEN`.
 */
export async function changeEmail(ctx: UserCtx, input: z.infer<typeof changeEmailInput>): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  ctx.reportLimit(await ctx.limiter.consume('changeEmailAccount', userId));
  const { username, email } = await users.requirePassword(ctx, userId, input.password);
  await users.requireUntakenEmail(ctx, input.email, userId);
  await withTransaction(ctx, async (trx) => {
    await sendToken(trx, 'change_email', { id: userId, username, email: input.email });
    await enqueueMail(trx, { template: 'email-change-requested', to: email, username, userId });
    await recordEvent(trx, 'email_change_requested', { userId, sessionId });
  });
}

/**
 * Deletes the account: everything of the person goes at once, the counts that others see stay. Throws
 * `INVALID_CREDENTIALS` where the password is wrong.
 */
export async function remove(ctx: UserCtx, input: { password: string }): Promise<void> {
  const { userId } = ctx.principal;
  const account = await users.requirePassword(ctx, userId, input.password);
  const { email } = account;
  await withTransaction(ctx, async (trx) => {
    await users.holdPassword(trx, account);
    await recordEvent(trx, 'account_deleted', { userId });
    await anonymiseEvents(trx, userId);
    await deleteSessions(trx, userId);
    await deleteTokens(trx, userId);
    await disableLinks(trx, userId);
    await deletePagesOf(trx, { userId, emailCanonical: canonicalEmail(email) });
    await forgetMailTo(trx, { userId, address: email });
    await users.anonymise(trx, userId, canonicalEmail(email));
    await users.forgetUser(trx, userId);
  });
}

/** All rows of a list, page by page. */
async function all<T>(fetch: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
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
export async function exportAll(ctx: UserCtx): Promise<AccountExport> {
  const limit = 100;
  return {
    exportedAt: new Date().toISOString(),
    user: await me(ctx),
    ...(await users.getPreferences(ctx, ctx.principal.userId)),
    sessions: await all((cursor) => listSessions(ctx, { limit, cursor })),
    referralLinks: (await stats(ctx, { days: 1 })).links,
    referrals: await all((cursor) => listReferrals(ctx, { limit, cursor })),
    credits: await all((cursor) => listEntries(ctx, { limit, cursor })),
    securityEvents: await all((cursor) => listEvents(ctx, { limit, cursor })),
    ...(await exportPages(ctx)),
  };
}
