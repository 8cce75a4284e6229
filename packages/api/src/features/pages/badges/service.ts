import type { TrxCtx } from '../../../core/context.ts';
import { updateVerifiedAt } from './queries.ts';

/** For administrators. Another handle, and a move to another workspace, take the badge away again. */
export const changePageBadge = (ctx: TrxCtx, id: string, isVerified: boolean): Promise<void> =>
  updateVerifiedAt(ctx.db, id, isVerified);
