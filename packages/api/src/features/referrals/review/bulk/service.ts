import type { z } from 'zod';
import { decideEach } from '../../../../core/bulk.ts';
import type { UserCtx } from '../../../../core/context.ts';
import { approveReferral, rejectReferral, reverseReferral } from '../service.ts';
import type { decidedReferralsOutput, decideReferralsInput } from './schema.ts';

const DECISIONS = { approve: approveReferral, reject: rejectReferral, reverse: reverseReferral };

/** Each under its own lock and in its own transaction. */
export async function decideReferrals(
  ctx: UserCtx,
  { decision, ids, reason, cause }: z.infer<typeof decideReferralsInput>,
): Promise<z.infer<typeof decidedReferralsOutput>> {
  const results = await decideEach(ids, (id) =>
    DECISIONS[decision](ctx, { id, reason, ...(cause && { cause }) }),
  );
  return {
    decided: results.filter(({ error }) => error === null).length,
    items: results.map(({ id, decided, error }) => ({ id, status: decided?.status ?? null, error })),
  };
}
