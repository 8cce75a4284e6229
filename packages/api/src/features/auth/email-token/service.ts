import type { EmailTokenPurpose, Trx } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import { sha256 } from '../../../core/crypto.ts';
import { AppError } from '../../../core/errors.ts';
import { newId } from '../../../core/ids.ts';
import { mailMessage } from '../../mail/service.ts';
import * as queries from './queries.ts';

const MAILS = {
  verify_email: { template: 'verify-email', minutes: 24 * 60 },
  reset_password: { template: 'reset-password', minutes: 60 },
  change_email: { template: 'change-email', minutes: 24 * 60 },
} as const satisfies Record<EmailTokenPurpose, object>;

const spent = () =>
  new AppError('TOKEN_EXPIRED', 'This link has expired or was used already. Ask for a new one.');

type Recipient = { id: string; email: string; username: string };

/** What `sendToken` writes for someone who has no token yet: the token and its mail, for a larger statement. */
export function prepareToken(ctx: Pick<AppCtx, 'tokenDeriver'>, purpose: EmailTokenPurpose, user: Recipient) {
  const { template, minutes } = MAILS[purpose];
  const id = newId();
  const hash = sha256(ctx.tokenDeriver.emailToken(id));
  return {
    token: queries.insertion({ id, userId: user.id, purpose, email: user.email, hash, minutes }),
    mail: mailMessage({ template, to: user.email, username: user.username, userId: user.id, tokenId: id }),
  };
}

/** Mails the user a link with a token for one purpose; earlier ones of that purpose stop working. */
export async function sendToken(
  ctx: AppCtx & { db: Trx },
  purpose: EmailTokenPurpose,
  user: Recipient,
): Promise<void> {
  const { token, mail } = prepareToken(ctx, purpose, user);
  await queries.revokeToken(ctx.db, user.id, purpose);
  await token.execute(ctx.db);
  await mail.execute(ctx.db);
}

/** Whose token this is, without spending it. Throws `TOKEN_EXPIRED` if it is unknown, old or used. */
export async function peekToken(ctx: AppCtx, purpose: EmailTokenPurpose, token: string) {
  const owner = await queries.findTokenOwner(ctx.db, purpose, sha256(token));
  if (!owner) throw spent();
  return owner;
}

/** Spends a token, once. Throws `TOKEN_EXPIRED` if it is unknown, old or used. */
export async function consumeToken(ctx: { db: Trx }, purposes: EmailTokenPurpose[], token: string) {
  const owner = await queries.consumeToken(ctx.db, purposes, sha256(token));
  if (!owner) throw spent();
  return owner;
}

/**
 * Spends what was mailed for a user before their password changed: whoever asked for it may not have been
 * them, and must not move the account now.
 */
export async function revokeTokens(ctx: { db: Trx }, userId: string): Promise<void> {
  await queries.revokeToken(ctx.db, userId, 'reset_password');
  await queries.revokeToken(ctx.db, userId, 'change_email');
}

/** Forgets every token of a user; for accounts that are deleted. */
export const deleteTokens = (ctx: { db: Trx }, userId: string): Promise<void> =>
  queries.deleteTokens(ctx.db, userId);

/** Upkeep: forgets tokens that have been of no use for a month. */
export const deleteOldTokens = (ctx: AppCtx): Promise<void> => queries.deleteOldTokens(ctx.db);
