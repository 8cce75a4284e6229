import { type Paginated, withTransaction } from '@linkgrove/db';
import type { DbCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { enqueueSignInMethodMail } from '../../mail/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { lockAccount } from '../../users/service.ts';
import { requireOtherWayIn } from '../credentials/service.ts';
import * as queries from './queries.ts';
import type { Identity } from './schema.ts';

const toOutput = ({ createdAt, lastUsedAt, ...row }: queries.IdentityRow): Identity => ({
  ...row,
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
});

type IdentityClaims = { provider: string; issuer: string; subject: string; email: string | null };

export const findIdentityOwner = (ctx: DbCtx, claims: IdentityClaims): Promise<string | undefined> =>
  queries.findIdentityUserId(ctx.db, claims);

/** Returns false if the identity is somebody's already. */
export const insertIdentity = (
  ctx: TrxCtx,
  userId: string,
  { provider, issuer, subject, email }: IdentityClaims,
): Promise<boolean> =>
  queries.insertIdentityRow(ctx.db, { id: generateId(), userId, provider, issuer, subject, email });

/** Returns false if the user does not have it any more. */
export const markIdentityUsed = (ctx: TrxCtx, userId: string, claims: IdentityClaims): Promise<boolean> =>
  queries.updateIdentityUse(ctx.db, userId, claims);

export const countIdentities = (ctx: TrxCtx, userId: string): Promise<number> =>
  queries.countIdentityRows(ctx.db, userId);

/** Oldest first, on one page. */
export async function listIdentities(ctx: UserCtx): Promise<Paginated<Identity>> {
  const rows = await queries.listIdentityRows(ctx.db, ctx.principal.userId);
  return { items: rows.map(toOutput), nextCursor: null };
}

/** A provider that is no longer in the settings has only its ID. */
const nameProvider = (ctx: UserCtx, id: string): string => ctx.signInProviders.find(id)?.name ?? id;

/** Throws `NOT_FOUND`, and `LAST_SIGN_IN_METHOD` if nothing else lets the user in. */
export async function removeIdentity(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    const removed = await queries.deleteIdentityRow(trx.db, userId, id);
    if (!removed) throw new AppError('NOT_FOUND', 'Identity not found');
    await requireOtherWayIn(trx, userId, id);
    await recordSecurityEvent(trx, 'identity_removed', { userId, details: { provider: removed.provider } });
    await enqueueSignInMethodMail(
      trx,
      { method: nameProvider(ctx, removed.provider), change: 'removed' },
      account,
    );
  });
}
