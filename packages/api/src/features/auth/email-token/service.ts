import type { EmailTokenPurpose } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx, TrxCtx } from '../../../core/context.ts';
import { hashWithSha256 } from '../../../core/crypto/crypto.ts';
import { AppError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { enqueueMailQuery } from '../../mail/service.ts';
import * as queries from './queries.ts';

const MAILS = {
  verify_email: { template: 'verify-email', minutes: 24 * 60 },
  reset_password: { template: 'reset-password', minutes: 60 },
  change_email: { template: 'change-email', minutes: 24 * 60 },
} as const satisfies Record<EmailTokenPurpose, object>;

const spent = () =>
  new AppError('TOKEN_EXPIRED', 'This link has expired or was used already. Ask for a new one.');

type Recipient = { id: string; email: string; username: string };

/** What `sendEmailToken` writes for someone who has no token yet: the token and its mail, for a larger statement. */
export function prepareEmailToken(
  ctx: Pick<AppCtx, 'tokenDeriver'>,
  purpose: EmailTokenPurpose,
  user: Recipient,
) {
  const { template, minutes } = MAILS[purpose];
  const id = generateId();
  const hash = hashWithSha256(ctx.tokenDeriver.emailToken(id));
  return {
    token: queries.insertEmailTokenQuery({ id, userId: user.id, purpose, email: user.email, hash, minutes }),
    mail: enqueueMailQuery({
      template,
      to: user.email,
      username: user.username,
      userId: user.id,
      tokenId: id,
    }),
  };
}

/** Mails the user a link with a token for one purpose; earlier ones of that purpose stop working. */
export async function sendEmailToken(
  ctx: AppTrxCtx,
  purpose: EmailTokenPurpose,
  user: Recipient,
): Promise<void> {
  const { token, mail } = prepareEmailToken(ctx, purpose, user);
  await queries.deleteEmailToken(ctx.db, user.id, purpose);
  await token.execute(ctx.db);
  await mail.execute(ctx.db);
}

/** Whose token this is, without spending it. Throws `TOKEN_EXPIRED` if it is unknown, old or used. */
export async function peekEmailToken(ctx: AppCtx, purpose: EmailTokenPurpose, token: string) {
  const owner = await queries.findEmailTokenOwner(ctx.db, purpose, hashWithSha256(token));
  if (!owner) throw spent();
  return owner;
}

/** Spends a token, once. Throws `TOKEN_EXPIRED` if it is unknown, old or used. */
export async function consumeEmailToken(ctx: TrxCtx, purposes: EmailTokenPurpose[], token: string) {
  const owner = await queries.takeEmailToken(ctx.db, purposes, hashWithSha256(token));
  if (!owner) throw spent();
  return owner;
}

/**
 * Spends what was mailed for a user before their password changed: whoever asked for it may not have been
 * them, and must not move the account now.
 */
export async function revokeEmailTokens(ctx: TrxCtx, userId: string): Promise<void> {
  await queries.deleteEmailToken(ctx.db, userId, 'reset_password');
  await queries.deleteEmailToken(ctx.db, userId, 'change_email');
}

/** Forgets every token of a user; for accounts that are deleted. */
export const deleteEmailTokens = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.deleteEmailTokensByUser(ctx.db, userId);

/** Upkeep: forgets tokens that have been of no use for a month. */
export const deleteOldEmailTokens = (ctx: AppCtx): Promise<void> => queries.deleteExpiredEmailTokens(ctx.db);
