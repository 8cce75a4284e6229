import { type Trx, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, Ctx } from '../../../core/context.ts';
import { canonicalEmail } from '../../../core/email-address.ts';
import { AppError } from '../../../core/errors.ts';
import { newId, newReferralCode } from '../../../core/ids.ts';
import {
  createFirstLink,
  findSignUpLink,
  isCodeTaken,
  type SignUpLink,
  takeUse,
  usedUp,
} from '../../referrals/links/service.ts';
import { attachReferral } from '../../referrals/service.ts';
import { readAttribution } from '../../referrals/visits/service.ts';
import { createFirstPage } from '../../pages/service.ts';
import { recordEvent } from '../../security-events/service.ts';
import { sendToken } from '../email-token/service.ts';
import type { registerInput } from '../schema.ts';
import { beginSession, type NewSession, type SessionTokens, signTokens } from '../session/service.ts';
import * as users from '../user/queries.ts';
import { asTaken, requireFreeName, requireStrength, requireUntaken, usernameTaken } from '../user/service.ts';

type Registration = z.infer<typeof registerInput>;

/**
 * Makes an account and signs it in. User, first referral link, referral, verification mail and session are
 * one transaction. Throws `VALIDATION_FAILED` (reserved name, weak password), the refusals of a referral
 * code, `EMAIL_TAKEN` and `USERNAME_TAKEN`.
 */
export async function register(ctx: Ctx, input: Registration): Promise<SessionTokens> {
  requireFreeName(input.username);
  requireStrength('password', input.password, [input.username, input.email]);
  const emailCanonical = canonicalEmail(input.email);
  const invitation = await findInvitation(ctx, input.referralCode, emailCanonical);
  // Told early, a hash is saved; what happens in between is caught by the unique indexes.
  await requireUntaken(ctx, input);
  const passwordHash = await ctx.passwords.hash(input.password);
  const { email, username } = input;
  return signTokens(
    ctx,
    await createAccount(ctx, { email, username, emailCanonical, passwordHash, invitation }),
  );
}

/** A link to credit: refused where it cannot be used if the body names it, dropped if only a cookie does. */
type Invitation = { link: SignUpLink; isRequired: boolean };

async function findInvitation(
  ctx: Ctx,
  given: string | undefined,
  emailCanonical: string,
): Promise<Invitation | null> {
  const code = given ?? readAttribution(ctx);
  if (code === undefined) return null;
  const isRequired = given !== undefined;
  try {
    const link = await findSignUpLink(ctx, { code, emailCanonical, signedInAs: await signedInUser(ctx) });
    return { link, isRequired };
  } catch (error) {
    if (!isRequired && error instanceof AppError) return null;
    throw error;
  }
}

const signedInUser = async (ctx: Ctx): Promise<string | undefined> =>
  ctx.credentials.accessToken
    ? ctx.authenticate().then(
        (principal) => principal.userId,
        () => undefined,
      )
    : undefined;

type NewAccount = Pick<Registration, 'email' | 'username'> & {
  emailCanonical: string;
  passwordHash: string;
  invitation: Invitation | null;
};

async function createAccount(ctx: Ctx, account: NewAccount, triesLeft = 3): Promise<NewSession> {
  const { invitation, ...person } = account;
  const id = newId();
  const referralCode = newReferralCode();
  try {
    return await withTransaction(ctx, async (trx) => {
      const link = await admit(trx, invitation);
      await users.insertUser(trx.db, { ...person, id, referralCode, referredBy: link?.ownerId ?? null });
      await createFirstLink(trx, { userId: id, code: referralCode });
      if (!(await createFirstPage(trx, { userId: id, ...person }))) throw usernameTaken();
      if (link) await creditSignUp(trx, link, id, person.emailCanonical);
      await sendToken(trx, 'verify_email', { ...person, id });
      const session = await beginSession(trx, id);
      await recordEvent(trx, 'signed_up', { userId: id, sessionId: session.sessionId });
      return session;
    });
  } catch (error) {
    if (isCodeTaken(error) && triesLeft > 1) return createAccount(ctx, account, triesLeft - 1);
    throw asTaken(error);
  }
}

/** Takes one use of a limited link; null where none was left for someone who only had a cookie. */
async function admit(ctx: { db: Trx }, invitation: Invitation | null): Promise<SignUpLink | null> {
  if (!invitation) return null;
  if (await takeUse(ctx, invitation.link)) return invitation.link;
  if (invitation.isRequired) throw usedUp();
  return null;
}

/** Someone who had an account before earns nobody a second reward. */
async function creditSignUp(
  ctx: AppCtx & { db: Trx },
  link: SignUpLink,
  referredUserId: string,
  emailCanonical: string,
): Promise<void> {
  const returning = await users.isTombstone(ctx.db, ctx.emailHash(emailCanonical));
  await attachReferral(ctx, { link, referredUserId, status: returning ? 'rejected' : 'pending' });
}
