import type { Ctx, SessionCtx } from '../../../core/context.ts';
import { createValidationError } from '../../../core/errors.ts';
import { type Account, createWrongPasswordError, getAccount } from '../../users/service.ts';
import { createReauthenticationRequiredError, hasFreshSession } from '../freshness/service.ts';
import { requireFactorCode } from '../second-factor/service.ts';
import { markSessionAuthenticated } from '../session/service.ts';
import { clearProofAttempts, countProofAttempt } from '../throttle/service.ts';
import type { Proofs } from './schema.ts';

/** Checks the password of a signed-in user. Throws `INVALID_CREDENTIALS` and `RATE_LIMITED`. */
export async function requirePassword(ctx: Ctx, userId: string, password: string): Promise<Account> {
  await countProofAttempt(ctx, 'password', userId);
  const account = await getAccount(ctx, userId);
  if (!(await ctx.passwords.verify(password, account.passwordHash))) throw createWrongPasswordError();
  await clearProofAttempts(ctx, 'password', userId);
  return account;
}

type Checks = {
  [Kind in keyof Proofs]-?: (ctx: SessionCtx, given: NonNullable<Proofs[Kind]>) => Promise<unknown>;
};

/** Each check throws unless its proof shows that the caller is the user. */
const PROOFS: Checks = {
  password: (ctx, password) => requirePassword(ctx, ctx.principal.userId, password),
  code: requireFactorCode,
};

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.keys forgets the names
const KINDS = Object.keys(PROOFS) as (keyof Proofs)[];

async function checkProof<Kind extends keyof Proofs>(
  ctx: SessionCtx,
  kind: Kind,
  given: Proofs[Kind],
): Promise<boolean> {
  if (given === undefined) return false;
  await PROOFS[kind](ctx, given);
  return true;
}

/** Checks every proof that is given. Returns false if none is. */
async function checkProofs(ctx: SessionCtx, given: Proofs): Promise<boolean> {
  let isProven = false;
  for (const kind of KINDS) isProven = (await checkProof(ctx, kind, given[kind])) || isProven;
  return isProven;
}

/** Makes the session fresh. Throws `VALIDATION_FAILED` without a proof. */
export async function reauthenticateSession(ctx: SessionCtx, proofs: Proofs): Promise<void> {
  if (!(await checkProofs(ctx, proofs)))
    throw createValidationError({ path: 'password', message: 'Enter your password', code: 'required' });
  await markSessionAuthenticated(ctx.db, ctx.principal.sessionId);
}

/** A given proof is checked even in a fresh session. Throws `INVALID_CREDENTIALS` and `RATE_LIMITED`. */
export const hasFreshProof = async (ctx: SessionCtx, proofs: Proofs): Promise<boolean> =>
  (await checkProofs(ctx, proofs)) || hasFreshSession(ctx, ctx.principal);

/**
 * Returns the account as it was before the check: `lockPassword` then finds out whether the password, and with it the
 * right of this session, has changed since. Throws `REAUTHENTICATION_REQUIRED`, and what `hasFreshProof` throws.
 */
export async function requireFreshProof(ctx: SessionCtx, proofs: Proofs): Promise<Account> {
  const account = await getAccount(ctx, ctx.principal.userId);
  if (await hasFreshProof(ctx, proofs)) return account;
  throw await createReauthenticationRequiredError(ctx, account.id);
}
