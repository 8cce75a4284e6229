import { sql } from 'kysely';
import type { z } from 'zod';
import type { Ctx } from '../../../core/context.ts';
import { canonicalizeEmail } from '../../../core/text/email-address.ts';
import { AppError } from '../../../core/errors.ts';
import { generateId, generateReferralCode } from '../../../core/crypto/ids.ts';
import { findSignedInUserId } from '../../../core/principal.ts';
import { createStandInHandle } from '../../pages/handles/service.ts';
import { isHandleTakenError, prepareFirstPage } from '../../pages/service.ts';
import { isReferralCodeTakenError, prepareFirstLink } from '../../referrals/links/service.ts';
import {
  forgetReferrerStats,
  prepareReferral,
  createCodeRefusedError,
} from '../../referrals/sign-up/service.ts';
import { prepareSecurityEvent } from '../../security-events/service.ts';
import { prepareEmailToken } from '../email-token/service.ts';
import type { registerInput } from '../schema.ts';
import {
  prepareSession,
  insertSessionParts,
  type SessionTokens,
  signSessionTokens,
} from '../session/service.ts';
import type { User } from '../../users/schema.ts';
import {
  insertUserQuery,
  toTakenError,
  requireUnreservedUsername,
  requireStrongPassword,
  requireUntakenEmail,
  toUser,
  createUsernameTakenError,
} from '../../users/service.ts';
import * as queries from './queries.ts';

type Registration = z.infer<typeof registerInput>;
type NewAccount = Pick<Registration, 'email' | 'username' | 'referralCode'> & {
  /** Of the first page: the username, but for who comes back to one that is kept for them. */
  handle: string;
  passwordHash: string;
  signedInAs: string | null;
};

/** Someone new, and what signs them in. */
type Registered = { user: User; tokens: SessionTokens };

/**
 * Makes an account and signs it in. User, first referral link, referral, verification mail and session are
 * one statement: one round trip to the database beside the hash, and all of it or nothing. Throws
 * `VALIDATION_FAILED` (reserved name, weak password), the refusals of a referral code, `EMAIL_TAKEN` and
 * `USERNAME_TAKEN`.
 */
export async function registerUser(ctx: Ctx, input: Registration): Promise<Registered> {
  requireUnreservedUsername(input.username);
  requireStrongPassword('password', input.password, [input.username, input.email]);
  const { password, ...person } = input;
  const signedInAs = (await findSignedInUserId(ctx)) ?? null;
  const passwordHash = await ctx.passwords.hash(password);
  return createAccount(ctx, { ...person, handle: person.username, passwordHash, signedInAs });
}

async function createAccount(ctx: Ctx, newcomer: NewAccount, triesLeft = 3): Promise<Registered> {
  try {
    return await storeAccount(ctx, newcomer, { id: generateId(), referralCode: generateReferralCode() });
  } catch (error) {
    if (isReferralCodeTakenError(error) && triesLeft > 1) return createAccount(ctx, newcomer, triesLeft - 1);
    if (isHandleTakenError(error) && triesLeft > 1) {
      const { username, email } = newcomer;
      const handle = await createStandInHandle(ctx, { username, emailCanonical: canonicalizeEmail(email) });
      if (handle !== undefined) return createAccount(ctx, { ...newcomer, handle }, triesLeft - 1);
    }
    const refusal = isHandleTakenError(error) ? createUsernameTakenError() : toTakenError(error);
    // Of two members that are taken the address is named, whichever the database has met first.
    if (refusal instanceof AppError && refusal.code === 'USERNAME_TAKEN') {
      await requireUntakenEmail(ctx, newcomer.email);
    }
    throw refusal;
  }
}

/** What is made up for a new user. */
type NewIdentifiers = { id: string; referralCode: string };

async function storeAccount(ctx: Ctx, newcomer: NewAccount, names: NewIdentifiers): Promise<Registered> {
  const { session, row } = prepareSession(ctx, names.id);
  const event = prepareSecurityEvent(ctx, 'signed_up', { userId: names.id, sessionId: session.sessionId });
  const first = prepareFirstPage({ userId: names.id, title: newcomer.username, handle: newcomer.handle });
  const result = await queries.executeSignUp(ctx.db, {
    ...accountParts(ctx, newcomer, names),
    session: insertSessionParts(row),
    handle: first.handle,
    others: [
      first.page,
      ...linkParts(names),
      ...verificationParts(ctx, { ...newcomer, ...names }),
      event.insertion,
    ],
  });
  if ('refusal' in result) throw createCodeRefusedError(result.refusal);
  event.log();
  if (result.referrerId !== null) await forgetReferrerStats(ctx, result.referrerId);
  return { user: newUser(ctx, newcomer, names, result), tokens: await signSessionTokens(ctx, session) };
}

function accountParts(ctx: Ctx, newcomer: NewAccount, names: NewIdentifiers) {
  const { email, username, passwordHash, signedInAs, referralCode: given } = newcomer;
  const emailCanonical = canonicalizeEmail(email);
  const account = { ...names, email, username, emailCanonical, passwordHash };
  return {
    credit: prepareReferral(ctx, { given, emailCanonical, signedInAs }),
    account: insertUserQuery(account, sql`(select referrer_id from credited)`),
  };
}

function linkParts({ id: userId, referralCode: code }: NewIdentifiers) {
  const first = prepareFirstLink({ userId, code });
  return [first.link, first.code];
}

function verificationParts(ctx: Ctx, user: { id: string; email: string; username: string }) {
  const { token, mail } = prepareEmailToken(ctx, 'verify_email', user);
  return [token, mail];
}

const newUser = (ctx: Ctx, newcomer: NewAccount, names: NewIdentifiers, stored: queries.StoredSignUp): User =>
  toUser(ctx, {
    ...names,
    email: newcomer.email,
    username: newcomer.username,
    referredBy: stored.referredBy,
    createdAt: stored.createdAt,
    displayName: null,
    emailVerifiedAt: null,
    role: 'user',
  });
