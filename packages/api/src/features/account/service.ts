import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppTrxCtx, Ctx, SessionCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { generateToken } from '../../core/crypto/crypto.ts';
import { canonicalizeMailbox } from '../../core/text/mailbox-providers.ts';
import { AppError, createValidationError } from '../../core/errors.ts';
import { exportOwnAnalytics } from '../analytics/export/service.ts';
import {
  consumeEmailToken,
  peekEmailToken,
  revokeEmailTokens,
  revokeUndoTokens,
  sendEmailToken,
} from '../auth/email-token/service.ts';
import { anonymiseAccount } from '../auth/erasure/service.ts';
import { listSignInOrigins } from '../auth/origins/service.ts';
import { listPasskeys } from '../auth/passkeys/service.ts';
import { requireEnrolmentProof } from '../auth/second-factor/service.ts';
import { endTrustOfUser, listTrustedDevices } from '../auth/second-factor/trusted-devices/service.ts';
import { deleteForeignCredentials } from '../auth/credentials/service.ts';
import { createReauthenticationRequiredError, requireFreshSession } from '../auth/freshness/service.ts';
import { listIdentities } from '../auth/identities/service.ts';
import type { Proofs } from '../auth/reauthentication/schema.ts';
import { hasFreshProof, requireFreshProof, requirePassword } from '../auth/reauthentication/service.ts';
import { endAllSessions, listSessions } from '../auth/session/service.ts';
import { clearAttemptsOnAccount } from '../auth/throttle/service.ts';
import type { User } from '../users/schema.ts';
import * as users from '../users/service.ts';
import { enqueueSecurityMail } from '../mail/service.ts';
import { replaceUsername } from '../pages/handles/service.ts';
import { revokePreviewLinksOfUser } from '../pages/service.ts';
import { exportPages } from '../pages/transfer/service.ts';
import { findReferrerGroups } from '../referrals/campaigns/groups/service.ts';
import { refreshLeaderboardOfUser } from '../referrals/leaderboard/service.ts';
import { listReferrals, getOwnReferralStats } from '../referrals/service.ts';
import { listOwnRedemptions } from '../rewards/fulfilment/service.ts';
import { listCreditEntries } from '../rewards/service.ts';
import { listSecurityEvents, recordSecurityEvent } from '../security-events/service.ts';
import { listOwnedFiles } from '../files/service.ts';
import { listOwnKeys } from '../keys/service.ts';
import { listOwnedTemplates } from '../pages/templates/service.ts';
import { listOwnedSubmissions } from '../forms/service.ts';
import { listOwnedDomains } from '../domains/service.ts';
import { listOwnedCampaigns } from '../campaigns/service.ts';
import { listOwnedWebhooks } from '../webhooks/service.ts';
import { clearReporter, listOwnReports } from '../moderation/reports/service.ts';
import { revokeInvitationsOfUser } from '../workspaces/invitations/service.ts';
import { listMemberships } from '../workspaces/service.ts';
import type { AccountExport, changeEmailInput, changePasswordInput, updateAccountInput } from './schema.ts';

const EXPORT_PAGE_SIZE = 100;

export const getOwnUser = (ctx: UserCtx): Promise<User> => users.getUser(ctx, ctx.principal.userId);

/** Throws `REAUTHENTICATION_REQUIRED`, the errors of `renameUser`, and of `requirePassword` for a wrong password. */
export async function updateAccount(
  ctx: SessionCtx,
  input: z.infer<typeof updateAccountInput>,
): Promise<User> {
  const { userId } = ctx.principal;
  const { username, displayName, leaderboard, referralMail, ...proofs } = input;
  const change = { displayName, leaderboard, referralMail };
  const isProven = username !== undefined && (await hasFreshProof(ctx, proofs));
  if (username !== undefined) ctx.reportLimit(await ctx.limiter.consume('changeUsernameAccount', userId));
  await withTransaction(ctx, async (trx) => {
    if (username !== undefined) await changeUsername(trx, username, isProven);
    await users.updateUser(trx.db, userId, change);
    if (change.leaderboard !== undefined) await refreshLeaderboardOfUser(trx, userId);
    await users.invalidateUser(trx, userId);
  });
  return getOwnUser(ctx);
}

async function changeUsername(ctx: UserCtx & TrxCtx, username: string, isProven: boolean): Promise<void> {
  const { userId } = ctx.principal;
  const before = await users.lockAccount(ctx, userId);
  if (username === before.username) return;
  if (!isProven) throw await createReauthenticationRequiredError(ctx, userId);
  await users.renameUser(ctx, userId, username);
  await replaceUsername(ctx, { userId, before: before.username, username });
  await recordSecurityEvent(ctx, 'username_changed', { userId });
  // The mail has the old name: a thief could put words into the new one.
  await enqueueSecurityMail(ctx, 'username-changed', before);
}

export async function unsubscribeFromReferralMail(ctx: Ctx, { token }: { token: string }): Promise<void> {
  const userId = ctx.unsubscribeSigner.verify(token);
  if (userId === null)
    throw new AppError('TOKEN_EXPIRED', 'This link is incomplete. Open it from the email again.');
  await users.updateUser(ctx.db, userId, { referralMail: false });
}

/** An account without a password gets its first one in a fresh session. */
async function requireCurrentPassword(ctx: SessionCtx, password: string | undefined): Promise<users.Account> {
  const { userId } = ctx.principal;
  if (password !== undefined) return requirePassword(ctx, userId, password);
  const account = await users.getAccount(ctx, userId);
  if (account.passwordHash !== null)
    throw createValidationError({
      path: 'currentPassword',
      message: 'Enter your current password',
      code: 'required',
    });
  await requireFreshSession(ctx);
  return account;
}

export async function changePassword(
  ctx: SessionCtx,
  input: z.infer<typeof changePasswordInput>,
): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  ctx.reportLimit(await ctx.limiter.consume('changePasswordAccount', userId));
  const account = await requireCurrentPassword(ctx, input.currentPassword);
  await users.requireStrongPassword('newPassword', input.newPassword, [account.username, account.email]);
  await users.requireUnbreachedPassword(ctx, 'newPassword', input.newPassword);
  const passwordHash = await ctx.passwords.hash(input.newPassword);
  await withTransaction(ctx, async (trx) => {
    await users.replacePassword(trx, account, passwordHash);
    await revokeEmailTokens(trx, userId, { sessionId });
    await revokePreviewLinksOfUser(trx, userId);
    await revokeInvitationsOfUser(trx, userId);
    await endAllSessions(trx, userId, sessionId);
    await endTrustOfUser(trx, userId);
    await enqueueSecurityMail(trx, 'password-changed', account);
    await recordSecurityEvent(trx, 'password_changed', { userId, sessionId });
  });
}

/** The new address replaces the old one once verified. Throws like `requireFreshProof`, and `EMAIL_TAKEN`. */
export async function changeEmail(ctx: SessionCtx, input: z.infer<typeof changeEmailInput>): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  ctx.reportLimit(await ctx.limiter.consume('changeEmailAccount', userId));
  const { email, ...proofs } = input;
  const account = await requireFreshProof(ctx, proofs);
  await requireEnrolmentProof(ctx);
  const { username } = account;
  await users.requireUntakenEmail(ctx, email, userId);
  await withTransaction(ctx, async (trx) => {
    // A password change revokes tokens, so the old password must not create one after it.
    await users.lockPassword(trx, account);
    const { country } = ctx;
    await sendEmailToken(trx, 'change_email', {
      id: userId,
      username,
      email,
      at: new Date(),
      country,
      sessionId,
    });
    await enqueueSecurityMail(trx, 'email-change-requested', account);
    await recordSecurityEvent(trx, 'email_change_requested', { userId, sessionId });
  });
}

/** A thief who changed the address knew the password, so it becomes invalid too. Throws `TOKEN_EXPIRED`, `EMAIL_TAKEN`. */
export async function undoEmailChange(ctx: Ctx, { token }: { token: string }): Promise<void> {
  const purpose = 'undo_email_change';
  await peekEmailToken(ctx, [purpose], token);
  const unknownPassword = await ctx.passwords.hash(generateToken());
  try {
    await withTransaction(ctx, async (trx) => {
      const { userId, email } = await consumeEmailToken(trx, [purpose], token);
      await restoreEmail(trx, userId, email);
      await revokeUndoTokens(trx, userId);
      await revokePreviewLinksOfUser(trx, userId);
      await revokeInvitationsOfUser(trx, userId);
      await users.updatePasswordHash(trx.db, userId, unknownPassword);
      await deleteForeignCredentials(trx, userId);
      await revokeEmailTokens(trx, userId);
      await endAllSessions(trx, userId);
      await endTrustOfUser(trx, userId);
      await clearAttemptsOnAccount(trx, userId);
      await sendEmailToken(trx, 'reset_password', await users.getAccount(trx, userId));
      await recordSecurityEvent(trx, 'email_change_undone', { userId });
      await users.invalidateUser(trx, userId);
    });
  } catch (error) {
    throw users.toTakenError(error);
  }
}

async function restoreEmail(ctx: AppTrxCtx, userId: string, email: string): Promise<void> {
  const holder = await users.lockAccountByEmail(ctx.db, email);
  if (holder?.id === userId) return;
  if (holder && !holder.emailVerified) await anonymiseAccount(ctx, holder);
  const replaced = await users.getAccount(ctx, userId);
  await users.insertPreviousEmail(ctx.db, userId, ctx.emailHash(canonicalizeMailbox(replaced.email)));
  await users.updateEmail(ctx.db, userId, { address: email, canonical: canonicalizeMailbox(email) });
}

/** Throws like `requireFreshProof`, `LAST_OWNER` and `LAST_ADMIN`. See `anonymiseAccount` for what stays. */
export async function deleteAccount(ctx: SessionCtx, proofs: Proofs): Promise<void> {
  const { userId } = ctx.principal;
  const account = await requireFreshProof(ctx, proofs);
  await withTransaction(ctx, async (trx) => {
    // Before the own row, as changes of roles lock them.
    const administrators = account.role === 'admin' ? await users.lockAdministrators(trx.db) : [];
    await users.lockPassword(trx, account);
    const locked = await users.lockAccount(trx, userId);
    if (locked.role === 'admin' && !administrators.some((id) => id !== userId))
      throw new AppError('LAST_ADMIN', 'You are the last administrator. Make somebody else one first.');
    if (account.emailVerified) await clearReporter(trx, account.email);
    await anonymiseAccount(trx, locked);
  });
}

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

export async function exportAccount(ctx: SessionCtx): Promise<AccountExport> {
  const account = await users.getAccount(ctx, ctx.principal.userId);
  const limit = EXPORT_PAGE_SIZE;
  return {
    exportedAt: new Date().toISOString(),
    user: await getOwnUser(ctx),
    ...(await users.getPreferences(ctx, ctx.principal.userId)),
    sessions: await fetchAll((cursor) => listSessions(ctx, { limit, cursor })),
    identities: (await listIdentities(ctx)).items,
    passkeys: (await listPasskeys(ctx)).items,
    trustedDevices: (await listTrustedDevices(ctx)).items,
    signInOrigins: await listSignInOrigins(ctx),
    referralLinks: (await getOwnReferralStats(ctx, { days: 1, timezone: 'UTC' })).links,
    referrerGroups: await findReferrerGroups(ctx, ctx.principal.userId),
    referrals: await fetchAll((cursor) => listReferrals(ctx, { limit, cursor, timezone: 'UTC' })),
    credits: await fetchAll((cursor) => listCreditEntries(ctx, { limit, cursor })),
    redemptions: await fetchAll((cursor) => listOwnRedemptions(ctx, { limit, cursor })),
    securityEvents: await fetchAll((cursor) => listSecurityEvents(ctx, { limit, cursor })),
    workspaces: await listMemberships(ctx),
    apiKeys: await fetchAll((cursor) => listOwnKeys(ctx, { limit, cursor })),
    campaigns: await fetchAll((cursor) => listOwnedCampaigns(ctx, { limit, cursor })),
    webhooks: await fetchAll((cursor) => listOwnedWebhooks(ctx, { limit, cursor })),
    domains: await fetchAll((cursor) => listOwnedDomains(ctx, { limit, cursor })),
    files: await fetchAll((cursor) => listOwnedFiles(ctx, { limit, cursor })),
    submissions: await fetchAll((cursor) => listOwnedSubmissions(ctx, { limit, cursor })),
    templates: await listOwnedTemplates(ctx),
    reports: account.emailVerified ? await listOwnReports(ctx, account.email) : [],
    ...(await exportPages(ctx)),
    analytics: await exportOwnAnalytics(ctx),
  };
}
