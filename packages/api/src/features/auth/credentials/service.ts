import type { TrxCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import * as queries from './queries.ts';

export { listProofKinds } from './queries.ts';

/** The caller holds the lock of the user's row. Throws `LAST_SIGN_IN_METHOD`. */
export async function requireOtherWayIn(ctx: TrxCtx, userId: string, idThatGoes: string): Promise<void> {
  if (await queries.hasOtherWayIn(ctx.db, userId, idThatGoes)) return;
  throw new AppError(
    'LAST_SIGN_IN_METHOD',
    'This is your only way to sign in. Set a password or add another way first.',
  );
}

/** All but the password: identities, and whatever `TABLES` names. */
export const deleteCredentials = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.deleteCredentialRows(ctx.db, userId);
