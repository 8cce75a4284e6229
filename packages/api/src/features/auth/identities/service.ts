import { type Paginated, withTransaction } from '@linkgrove/db';
import type { UserCtx } from '../../../core/context.ts';
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

/** Oldest first, on one page. */
export async function listIdentities(ctx: UserCtx): Promise<Paginated<Identity>> {
  const rows = await queries.listIdentityRows(ctx.db, ctx.principal.userId);
  return { items: rows.map(toOutput), nextCursor: null };
}

/** Throws `NOT_FOUND`, and `LAST_SIGN_IN_METHOD` if nothing else lets the user in. */
export async function removeIdentity(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    const removed = await queries.deleteIdentityRow(trx.db, userId, id);
    if (!removed) throw new AppError('NOT_FOUND', 'Identity not found');
    await requireOtherWayIn(trx, userId, id);
    await recordSecurityEvent(trx, 'identity_removed', { userId, details: { provider: removed.provider } });
    await enqueueSignInMethodMail(trx, { method: removed.provider, change: 'removed' }, account);
  });
}
