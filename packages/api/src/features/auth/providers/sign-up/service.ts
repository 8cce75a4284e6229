import { withTransaction } from '@linkgrove/db';
import type { AppTrxCtx, Ctx, TrxCtx } from '../../../../core/context.ts';
import { generateId } from '../../../../core/crypto/ids.ts';
import { AppError } from '../../../../core/errors.ts';
import { canonicalizeMailbox } from '../../../../core/text/mailbox-providers.ts';
import { username as usernameSchema } from '../../../users/schema.ts';
import * as users from '../../../users/service.ts';
import { findSignedInUserId } from '../../../../core/principal.ts';
import { anonymiseAccount } from '../../erasure/service.ts';
import { insertIdentity } from '../../identities/service.ts';
import {
  createAccount,
  type Registered,
  type Registration,
  storeRegistration,
} from '../../registration/service.ts';
import { acceptProvenEmail } from '../../verification/service.ts';
import { keepInBrowser, readFromBrowser, takeFlow } from '../flow/service.ts';
import { PROVIDER_AMR, SIGN_UP_MINUTES } from '../policy.ts';
import { pendingSignUp, type PendingSignUp, type ProviderIdentity } from '../schema.ts';

const PURPOSE = 'sign up with provider';

export type NewIdentity = { identity: ProviderIdentity; names: string[]; referralCode: string | undefined };

/** Letters and digits of a proposal, and what usernames allow between them. */
const toUsername = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._-]/g, '')
    .replaceAll(/[._-]{2,}/g, (run) => run.charAt(0))
    .replaceAll(/^[._-]+|[._-]+$/g, '')
    .slice(0, 30);

function proposeUsername(names: string[]): string | undefined {
  return names
    .map(toUsername)
    .find((name) => usernameSchema.safeParse(name).success && !users.isReservedName(name));
}

const createCompleteError = () => new AppError('TOKEN_EXPIRED', 'This sign-up is complete. Sign in.');
const createLinkFirstError = () =>
  new AppError(
    'EMAIL_TAKEN',
    'There is an account with this address. Sign in to it once, and link this account in its settings.',
  );

/** A new user. Throws `EMAIL_TAKEN`, `EMAIL_NOT_VERIFIED`, `USERNAME_TAKEN` and errors of the referral code. */
export async function signUpWithIdentity(ctx: Ctx, arrival: NewIdentity): Promise<Registered> {
  const { identity, names, referralCode } = arrival;
  const email = await requireUsableEmail(ctx, identity);
  const pending: PendingSignUp = {
    id: generateId(),
    expiresAt: Date.now() + SIGN_UP_MINUTES * 60_000,
    identity,
    referralCode,
  };
  try {
    const username = proposeUsername(names);
    if (username === undefined) throw users.createUsernameTakenError();
    return await storeSignUp(ctx, pending, { username, email });
  } catch (error) {
    const isAsked = error instanceof AppError && error.code === 'USERNAME_TAKEN';
    if (isAsked) keepInBrowser(ctx, PURPOSE, pending);
    throw error;
  }
}

/** For whoever was asked for a username. Throws `TOKEN_EXPIRED`, and what `signUpWithIdentity` throws. */
export async function finishSignUp(ctx: Ctx, { username }: { username: string }): Promise<Registered> {
  const pending = readFromBrowser(ctx, PURPOSE, pendingSignUp);
  if (!pending)
    throw new AppError('TOKEN_EXPIRED', 'This sign-up was begun elsewhere or is too old. Begin again.');
  users.requireUnreservedName(username);
  const email = await requireUsableEmail(ctx, pending.identity);
  const registered = await storeSignUp(ctx, pending, { username, email });
  ctx.signInCookie.clear();
  return registered;
}

/** The provider's word counts only for a verified address; an account that has it is its owner's to link. */
async function requireUsableEmail(ctx: Ctx, { email, emailVerified }: ProviderIdentity): Promise<string> {
  if (email === null)
    throw new AppError('EMAIL_NOT_VERIFIED', 'The provider told us no email address of yours');
  const isTaken = emailVerified ? await users.isEmailProven(ctx, email) : await users.isEmailUsed(ctx, email);
  if (isTaken) throw createLinkFirstError();
  return email;
}

async function storeSignUp(
  ctx: Ctx,
  pending: PendingSignUp,
  { username, email }: { username: string; email: string },
): Promise<Registered> {
  ctx.reportLimit(await ctx.limiter.consume('register', ctx.address));
  const { id, identity, referralCode } = pending;
  const registration: Registration = {
    email,
    emailCanonical: canonicalizeMailbox(email),
    emailVerified: identity.emailVerified,
    username,
    referralCode,
    passwordHash: null,
    amr: PROVIDER_AMR,
    signedInAs: (await findSignedInUserId(ctx)) ?? null,
  };
  const registered = await createAccount(ctx, registration, () =>
    withTransaction(ctx, async (trx) => {
      await requireUnusedFlow(trx, id);
      if (identity.emailVerified) await evictSquatter(trx, email);
      const stored = await storeRegistration(trx, registration);
      // Somebody may have linked it while the username was chosen.
      if (!(await insertIdentity(trx, stored.user.id, identity))) throw createCompleteError();
      if (!identity.emailVerified) return stored;
      return { ...stored, user: await acceptProvenEmail(trx, { userId: stored.user.id, email }) };
    }),
  );
  ctx.clearAttribution();
  return registered;
}

async function requireUnusedFlow(ctx: TrxCtx, id: string): Promise<void> {
  if (!(await takeFlow(ctx, id))) throw createCompleteError();
}

/**
 * The address was registered without proof, and the provider proves that it is somebody else's. The stranger's account
 * goes with all that is in it, so that nothing of theirs is inherited.
 */
async function evictSquatter(ctx: AppTrxCtx, email: string): Promise<void> {
  const squatter = await users.lockAccountByEmail(ctx.db, email);
  if (!squatter) return;
  if (squatter.emailVerified) throw createLinkFirstError();
  await anonymiseAccount(ctx, squatter);
}
