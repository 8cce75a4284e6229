import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { Ctx, TrxCtx, UserCtx } from '../../core/context.ts';
import { canonicalizeMailbox } from '../../core/text/mailbox-providers.ts';
import { AppError } from '../../core/errors.ts';
import { deleteEmailTokens, revokeEmailTokens, sendEmailToken } from '../auth/email-token/service.ts';
import { requirePassword } from '../auth/reauthentication/service.ts';
import { deleteSessions, endAllSessions, listSessions } from '../auth/session/service.ts';
import type { User } from '../users/schema.ts';
import * as users from '../users/service.ts';
import { enqueueMail, deleteMailTo } from '../mail/service.ts';
import { replaceUsername } from '../pages/handles/service.ts';
import { deletePagesOfUser } from '../pages/service.ts';
import { exportPages } from '../pages/transfer/service.ts';
import { refreshLeaderboardOfUser } from '../referrals/leaderboard/service.ts';
import { disableLinksOfUser } from '../referrals/links/service.ts';
import { removeUnprovenReferral } from '../referrals/sign-up/service.ts';
import { listReferrals, getOwnReferralStats } from '../referrals/service.ts';
import { listCreditEntries } from '../rewards/service.ts';
import {
  anonymiseSecurityEvents,
  listSecurityEvents,
  recordSecurityEvent,
} from '../security-events/service.ts';
import type { AccountExport, changeEmailInput, changePasswordInput, updateAccountInput } from './schema.ts';

const EXPORT_PAGE_SIZE = 100;

/** Returns the signed-in user. */
export const getOwnUser = (ctx: UserCtx): Promise<User> => users.getUser(ctx, ctx.principal.userId);

/**
 * Updates the signed-in user's names and settings. Throws `USERNAME_TAKEN`, `VALIDATION_FAILED` for a reserved name,
 * and `LIMIT_REACHED` if the username was changed less than 14 days ago.
 */
export async function updateAccount(ctx: UserCtx, input: z.infer<typeof updateAccountInput>): Promise<User> {
  const { userId } = ctx.principal;
  const { username, ...change } = input;
  await withTransaction(ctx, async (trx) => {
    if (username !== undefined) await changeUsername(trx, userId, username);
    await users.updateUser(trx.db, userId, change);
    if (change.leaderboard !== undefined) await refreshLeaderboardOfUser(trx, userId);
    await users.invalidateUser(trx, userId);
  });
  return getOwnUser(ctx);
}

async function changeUsername(ctx: UserCtx & TrxCtx, userId: string, username: string): Promise<void> {
  const { username: before } = await users.lockAccount(ctx, userId);
  if (username === before) return;
  await users.renameUser(ctx, userId, username);
  await replaceUsername(ctx, { userId, before, username });
  await recordSecurityEvent(ctx, 'username_changed', { userId });
}

/** Unsubscribes a user from referral mails by the token in one of them. Throws `TOKEN_EXPIRED` if it is invalid. */
export async function unsubscribeFromReferralMail(ctx: Ctx, { token }: { token: string }): Promise<void> {
  const userId = ctx.unsubscribeSigner.verify(token);
  if (userId === null)
    throw new AppError('TOKEN_EXPIRED', 'This link is incomplete. Open it from the email again.');
  await users.updateUser(ctx.db, userId, { referralMail: false });
}

/** Changes the password and ends all other sessions. Throws `INVALID_CREDENTIALS` if the current one is wrong. */
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
 * Mails a verification link to a new address, which replaces the old one once it is verified, and informs the old
 * one. Throws `INVALID_CREDENTIALS` if the password is wrong, and `EMAIL_TAKEN`.
 */
export async function changeEmail(ctx: UserCtx, input: z.infer<typeof changeEmailInput>): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  ctx.reportLimit(await ctx.limiter.consume('changeEmailAccount', userId));
  const account = await requirePassword(ctx, userId, input.password);
  const { username, email } = account;
  await users.requireUntakenEmail(ctx, input.email, userId);
  await withTransaction(ctx, async (trx) => {
    // A password change revokes tokens, so the old password must not create one after it.
    await users.lockPassword(trx, account);
    await sendEmailToken(trx, 'change_email', { id: userId, username, email: input.email });
    await enqueueMail(trx, { template: 'email-change-requested', to: email, username, userId });
    await recordSecurityEvent(trx, 'email_change_requested', { userId, sessionId });
  });
}

/**
 * Deletes the account with all personal data. Counts that others see stay. An account that never verified an address
 * leaves no trace: no held name, no keyed hash, no referral. Throws `INVALID_CREDENTIALS` if the password is wrong.
 */
export async function deleteAccount(ctx: UserCtx, input: { password: string }): Promise<void> {
  const { userId } = ctx.principal;
  const account = await requirePassword(ctx, userId, input.password);
  await withTransaction(ctx, async (trx) => {
    await users.lockPassword(trx, account);
    const { email, emailVerified } = await users.lockAccount(trx, userId);
    const emailHmac = emailVerified ? trx.emailHash(canonicalizeMailbox(email)) : null;
    await recordSecurityEvent(trx, 'account_deleted', { userId });
    await anonymiseSecurityEvents(trx, userId);
    await deleteSessions(trx, userId, { rememberDevices: emailVerified });
    if (!emailVerified) await removeUnprovenReferral(trx, userId);
    await deleteEmailTokens(trx, userId);
    await disableLinksOfUser(trx, userId);
    await deletePagesOfUser(trx, { userId, emailHmac });
    await deleteMailTo(trx, { userId, address: email });
    await users.anonymiseUser(trx.db, userId, emailHmac);
    await users.invalidateUser(trx, userId);
  });
}

/** Fetches all items of a paginated list. */
async function fetchAll<T>(fetchPage: (cursor: string | undefined) => Promise<Paginated<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await fetchPage(cursor);
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return items;
}

/** Returns all data about the user as one document. */
export async function exportAccount(ctx: UserCtx): Promise<AccountExport> {
  const limit = EXPORT_PAGE_SIZE;
  return {
    exportedAt: new Date().toISOString(),
    user: await getOwnUser(ctx),
    ...(await users.getPreferences(ctx, ctx.principal.userId)),
    sessions: await fetchAll((cursor) => listSessions(ctx, { limit, cursor })),
    referralLinks: (await getOwnReferralStats(ctx, { days: 1 })).links,
    referrals: await fetchAll((cursor) => listReferrals(ctx, { limit, cursor })),
    credits: await fetchAll((cursor) => listCreditEntries(ctx, { limit, cursor })),
    securityEvents: await fetchAll((cursor) => listSecurityEvents(ctx, { limit, cursor })),
    ...(await exportPages(ctx)),
  };
}
