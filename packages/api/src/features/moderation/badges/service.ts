import { withTransaction } from '@linkgrove/db';
import type { UserCtx } from '../../../core/context.ts';
import { changePageBadge } from '../../pages/badges/service.ts';
import { recordForOwners, lockAnyPage } from '../service.ts';
import type { ModeratedPageHistory } from '../takedowns/schema.ts';
import { findModeratedPage } from '../takedowns/service.ts';

const setBadge = (ctx: UserCtx, id: string, isVerified: boolean): Promise<ModeratedPageHistory> =>
  withTransaction(ctx, async (trx) => {
    const page = await lockAnyPage(trx, id);
    await changePageBadge(trx, id, isVerified);
    await recordForOwners(trx, page, { event: isVerified ? 'page_verified' : 'page_unverified' });
    return findModeratedPage(trx, { name: id });
  });

/** Throws `NOT_FOUND`. */
export const grantPageBadge = (ctx: UserCtx, { id }: { id: string }): Promise<ModeratedPageHistory> =>
  setBadge(ctx, id, true);

/** Throws `NOT_FOUND`. */
export const revokePageBadge = (ctx: UserCtx, { id }: { id: string }): Promise<ModeratedPageHistory> =>
  setBadge(ctx, id, false);
