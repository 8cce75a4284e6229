import { sql } from 'kysely';
import type { z } from 'zod';
import type { Ctx } from '../../../core/context.ts';
import { canonicalEmail } from '../../../core/email-address.ts';
import { AppError } from '../../../core/errors.ts';
import { newId, newReferralCode } from '../../../core/ids.ts';
import { standIn } from '../../pages/handles/service.ts';
import { isHandleTaken, prepareFirstPage } from '../../pages/service.ts';
import { isCodeTaken, prepareFirstLink } from '../../referrals/links/service.ts';
import { announceSignUp, creditSignUp, refused } from '../../referrals/sign-up/service.ts';
import { prepareEvent } from '../../security-events/service.ts';
import { prepareToken } from '../email-token/service.ts';
import type { registerInput } from '../schema.ts';
import { prepareSession, sessionParts, type SessionTokens, signTokens } from '../session/service.ts';
import { insertion as userInsertion } from '../user/queries.ts';
import type { User } from '../user/schema.ts';
import {
  asTaken,
  requireFreeName,
  requireStrength,
  requireUntakenEmail,
  toUser,
  usernameTaken,
} from '../user/service.ts';
import * as queries from './queries.ts';

type Registration = z.infer<typeof registerInput>;
type Newcomer = Pick<Registration, 'email' | 'username' | 'referralCode'> & {
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
export async function register(ctx: Ctx, input: Registration): Promise<Registered> {
  requireFreeName(input.username);
  requireStrength('password', input.password, [input.username, input.email]);
  const { password, ...person } = input;
  const signedInAs = await signedInUser(ctx);
  const passwordHash = await ctx.passwords.hash(password);
  return createAccount(ctx, { ...person, handle: person.username, passwordHash, signedInAs });
}

const signedInUser = async (ctx: Ctx): Promise<string | null> =>
  ctx.credentials.accessToken
    ? ctx.authenticate().then(
        (principal) => principal.userId,
        () => null,
      )
    : null;

async function createAccount(ctx: Ctx, newcomer: Newcomer, triesLeft = 3): Promise<Registered> {
  try {
    return await storeAccount(ctx, newcomer, { id: newId(), referralCode: newReferralCode() });
  } catch (error) {
    if (isCodeTaken(error) && triesLeft > 1) return createAccount(ctx, newcomer, triesLeft - 1);
    if (isHandleTaken(error) && triesLeft > 1) {
      const { username, email } = newcomer;
      const handle = await standIn(ctx, { username, emailCanonical: canonicalEmail(email) });
      if (handle !== undefined) return createAccount(ctx, { ...newcomer, handle }, triesLeft - 1);
    }
    const refusal = isHandleTaken(error) ? usernameTaken() : asTaken(error);
    // Of two members that are taken the address is named, whichever the database has met first.
    if (refusal instanceof AppError && refusal.code === 'USERNAME_TAKEN') {
      await requireUntakenEmail(ctx, newcomer.email);
    }
    throw refusal;
  }
}

/** What is made up for a new user. */
type Names = { id: string; referralCode: string };

async function storeAccount(ctx: Ctx, newcomer: Newcomer, names: Names): Promise<Registered> {
  const { session, row } = prepareSession(ctx, names.id);
  const event = prepareEvent(ctx, 'signed_up', { userId: names.id, sessionId: session.sessionId });
  const first = prepareFirstPage({ userId: names.id, title: newcomer.username, handle: newcomer.handle });
  const result = await queries.signUp(ctx.db, {
    ...accountParts(ctx, newcomer, names),
    session: sessionParts(row),
    handle: first.handle,
    others: [
      first.page,
      ...linkParts(names),
      ...verificationParts(ctx, { ...newcomer, ...names }),
      event.insertion,
    ],
  });
  if ('refusal' in result) throw refused(result.refusal);
  event.log();
  if (result.referrerId !== null) await announceSignUp(ctx, result.referrerId);
  return { user: newUser(ctx, newcomer, names, result), tokens: await signTokens(ctx, session) };
}

function accountParts(ctx: Ctx, newcomer: Newcomer, names: Names) {
  const { email, username, passwordHash, signedInAs, referralCode: given } = newcomer;
  const emailCanonical = canonicalEmail(email);
  const account = { ...names, email, username, emailCanonical, passwordHash };
  return {
    credit: creditSignUp(ctx, { given, emailCanonical, signedInAs }),
    account: userInsertion(account, sql`(select referrer_id from credited)`),
  };
}

function linkParts({ id: userId, referralCode: code }: Names) {
  const first = prepareFirstLink({ userId, code });
  return [first.link, first.code];
}

function verificationParts(ctx: Ctx, user: { id: string; email: string; username: string }) {
  const { token, mail } = prepareToken(ctx, 'verify_email', user);
  return [token, mail];
}

const newUser = (ctx: Ctx, newcomer: Newcomer, names: Names, stored: queries.SignedUp): User =>
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
