import { emptyInsertPart } from '@linkgrove/db';
import { z } from 'zod';
import type { Ctx } from '../../../core/context.ts';
import { generateId, generateReferralCode } from '../../../core/crypto/ids.ts';
import { AppError, type MemberError } from '../../../core/errors.ts';
import { findSignedInUserId } from '../../../core/principal.ts';
import { canonicalizeMailbox } from '../../../core/text/mailbox-providers.ts';
import { publishEventsPart } from '../../events/service.ts';
import { isHandleTakenError, prepareFirstPage } from '../../pages/service.ts';
import { isReferralCodeTakenError, prepareFirstLink } from '../../referrals/links/service.ts';
import { preparePersonalWorkspace } from '../../workspaces/service.ts';
import { createCodeRefusedError, prepareReferral } from '../../referrals/sign-up/service.ts';
import { invalidateReferralStats } from '../../referrals/stats/service.ts';
import { prepareSecurityEvent } from '../../security-events/service.ts';
import { newPassword, type User } from '../../users/schema.ts';
import {
  createEmailTakenError,
  createUsernameTakenError,
  insertUserPart,
  mailboxOwnerPart,
  newUserEventPart,
  listRegistrationErrors,
  requireRegistrable,
  requireUnbreachedPassword,
  requireUnreservedName,
  requireUntakenEmail,
  toTakenError,
  toUser,
} from '../../users/service.ts';
import { prepareEmailToken } from '../email-token/service.ts';
import type { registerInput } from '../schema.ts';
import { PASSWORD_AMR } from '../session/policy.ts';
import {
  type NewSession,
  prepareSession,
  type SessionTokens,
  signSessionTokens,
} from '../session/service.ts';
import * as queries from './queries.ts';

/** Tries to store a registration, each with a new referral code. */
const MAX_TRIES = 3;

type RegisterInput = z.infer<typeof registerInput>;

export type Registration = Omit<RegisterInput, 'password'> & {
  emailCanonical: string;
  /** No mail asks to verify it; the caller confirms it. */
  emailVerified?: boolean;
  passwordHash: string | null;
  amr: readonly string[];
  signedInAs: string | null;
};

type Stored = { user: User; session: NewSession };
export type Registered = { user: User; tokens: SessionTokens };

/** Throws `VALIDATION_FAILED`, `EMAIL_TAKEN`, `USERNAME_TAKEN`, and the errors of `createCodeRefusedError`. */
export async function registerUser(ctx: Ctx, input: RegisterInput): Promise<Registered> {
  const { password, ...person } = input;
  await requireRegistrable(input);
  await requireUnbreachedPassword(ctx, 'password', password);
  const signedInAs = (await findSignedInUserId(ctx)) ?? null;
  return createAccount(ctx, {
    ...person,
    emailCanonical: canonicalizeMailbox(person.email),
    passwordHash: await ctx.passwords.hash(password),
    amr: PASSWORD_AMR,
    signedInAs,
  });
}

const judgedMembers = z.object({
  email: z.string().max(254).catch(''),
  username: z.string().max(200).catch(''),
  password: newPassword.catch(''),
});

/** For an input that is wrong anyhow. Judging a password takes milliseconds, so it has a budget, beyond which it is skipped. */
export async function findRegistrationErrors(ctx: Ctx, rawInput: unknown): Promise<MemberError[]> {
  const { data } = judgedMembers.safeParse(rawInput);
  if (data === undefined) return [];
  const isAdmitted = await ctx.limiter.consume('wrongRegistrations', ctx.address).then(
    () => true,
    () => false,
  );
  return isAdmitted ? listRegistrationErrors(data) : [];
}

/** `store` calls `storeRegistration`, and is called again if the new referral code is taken. Throws like `registerUser`. */
export async function createAccount(
  ctx: Ctx,
  registration: Registration,
  store: () => Promise<Stored> = () => storeRegistration(ctx, registration),
  triesLeft = MAX_TRIES,
): Promise<Registered> {
  try {
    const { user, session } = await store();
    return { user, tokens: await signSessionTokens(ctx, session) };
  } catch (error) {
    if (triesLeft > 1 && isReferralCodeTakenError(error))
      return createAccount(ctx, registration, store, triesLeft - 1);
    throw await toRefusal(ctx, registration, error);
  }
}

/** If both address and username are taken, names the address, whichever violation the database met first. */
async function toRefusal(
  ctx: Ctx,
  { email, emailVerified = false }: Registration,
  error: unknown,
): Promise<unknown> {
  const refusal = isHandleTakenError(error) ? createUsernameTakenError() : toTakenError(error);
  const isNameTaken = refusal instanceof AppError && refusal.code === 'USERNAME_TAKEN';
  // The owner of a verified address may have to take it from somebody who never verified it.
  if (isNameTaken && !emailVerified) await requireUntakenEmail(ctx, email);
  return refusal;
}

type NewIdentifiers = { id: string; referralCode: string };

const generateIdentifiers = (): NewIdentifiers => ({
  id: generateId(),
  referralCode: generateReferralCode(),
});

export async function storeRegistration(ctx: Ctx, registration: Registration): Promise<Stored> {
  const { email, username, amr } = registration;
  const { country } = ctx;
  const identifiers = generateIdentifiers();
  const userId = identifiers.id;
  const { session, parts } = prepareSession(ctx, { userId, amr });
  const event = prepareSecurityEvent(ctx, 'signed_up', { userId, sessionId: session.sessionId });
  const stored = await queries.executeSignUp(ctx.db, {
    ...prepareUser(ctx, registration, identifiers),
    session: parts,
    ...prepareBelongings(ctx, username, identifiers),
    ...(registration.emailVerified
      ? { emailToken: emptyInsertPart, mail: emptyInsertPart }
      : prepareEmailToken(ctx, 'verify_email', { id: userId, email, username, at: new Date(), country })),
    securityEvent: event.insert,
  });
  if (stored.id === null) {
    // An unusable code that comes from the cookie is ignored.
    const refusal = registration.referralCode === undefined ? null : stored.refusal;
    throw refusal === null ? createEmailTakenError() : createCodeRefusedError(refusal);
  }
  event.log();
  if (stored.referrerId !== null) await invalidateReferralStats(ctx, stored.referrerId);
  return {
    user: toNewUser(ctx, registration, { ...identifiers, ...stored }),
    session,
  };
}

/** For an administrator, who proves nothing about the address: the mailed link does, and sets the password. Throws like `registerUser`. */
export async function storeInvitedUser(
  ctx: Ctx,
  { email, username }: { email: string; username: string },
): Promise<string> {
  requireUnreservedName(username);
  await requireUntakenEmail(ctx, email);
  const identifiers = generateIdentifiers();
  const userId = identifiers.id;
  const registration: Registration = {
    email,
    emailCanonical: canonicalizeMailbox(email),
    username,
    referralCode: undefined,
    passwordHash: null,
    amr: [],
    signedInAs: null,
  };
  // The request's attribution and country are the administrator's.
  const origin: Ctx = { ...ctx, attribution: undefined, country: undefined };
  const event = prepareSecurityEvent(ctx, 'account_created', { userId });
  const stored = await queries
    .executeSignUp(ctx.db, {
      ...prepareUser(origin, registration, identifiers),
      session: queries.noSessionParts,
      ...prepareBelongings(ctx, username, identifiers),
      ...prepareEmailToken(ctx, 'account_invitation', { id: userId, email, username }),
      securityEvent: event.insert,
    })
    .catch((error: unknown) => {
      throw isHandleTakenError(error) ? createUsernameTakenError() : toTakenError(error);
    });
  if (stored.id === null) throw createEmailTakenError();
  event.log();
  return userId;
}

/** Every new user has a workspace with a page, and a referral link. */
const prepareBelongings = (ctx: Ctx, username: string, { id: userId, referralCode }: NewIdentifiers) => ({
  ...preparePersonalWorkspace({ userId, name: username }),
  ...prepareFirstPage({ userId, title: username, handle: username }),
  ...prepareFirstLink({ userId, code: referralCode }),
  userEvent: publishEventsPart('user.created', newUserEventPart(ctx.config.platformWorkspaceId ?? null)),
});

function prepareUser(ctx: Ctx, registration: Registration, identifiers: NewIdentifiers) {
  const { email, emailCanonical, username, passwordHash } = registration;
  const referral = prepareReferral(ctx, registration);
  const user = insertUserPart<'credited' | 'verdict'>(
    { ...identifiers, email, emailCanonical, username, passwordHash, country: ctx.country ?? null },
    { referredBy: referral.referrerId, condition: referral.admittedCondition },
  );
  return { referral, user, mailboxOwner: mailboxOwnerPart(emailCanonical) };
}

const toNewUser = (
  ctx: Ctx,
  { email, username }: Registration,
  stored: NewIdentifiers & { createdAt: Date; referredBy: string | null },
): User =>
  toUser(ctx, {
    id: stored.id,
    referralCode: stored.referralCode,
    email,
    username,
    referredBy: stored.referredBy,
    createdAt: stored.createdAt,
    displayName: null,
    emailVerifiedAt: null,
    role: 'user',
    premiumUntil: null,
    mfa: { totp: false, recoveryCodes: 0, passkeys: 0 },
  });
