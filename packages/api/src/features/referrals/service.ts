import { type Page, type ReferralStatus, toPage } from '@linkgrove/db';
import type { z } from 'zod';
import type { UserCtx } from '../../core/context.ts';
import { cursorToId } from '../../core/pagination.ts';
import * as queries from './queries.ts';
import type { referral } from './schema.ts';
import { getFunnel, getStats } from './stats/service.ts';

export { qualifyReferral } from './qualification/service.ts';

export type Referral = z.infer<typeof referral>;

/** A page of the people the user referred, newest first; never their addresses. */
export async function list(
  ctx: UserCtx,
  input: { status?: ReferralStatus | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<Referral>> {
  const before = cursorToId(input.cursor);
  const { userId: referrerId } = ctx.principal;
  const rows = await queries.listReferrals(ctx.db, {
    referrerId,
    status: input.status,
    before,
    limit: input.limit,
  });
  return toPage(rows.map(toReferral), input.limit);
}

const toReferral = (row: Awaited<ReturnType<typeof queries.listReferrals>>[number]): Referral => ({
  id: row.id,
  username: row.username,
  status: row.status,
  dateReferred: row.dateReferred.toISOString(),
  qualifiedAt: row.qualifiedAt?.toISOString() ?? null,
  link: { code: row.code, label: row.label },
  ...(row.utm && { utm: row.utm }),
});

/** The signed-in user's own counts. */
export const stats = (ctx: UserCtx, input: { days: number }) =>
  getStats(ctx, { userId: ctx.principal.userId, days: input.days });

/** What became of the visits to the signed-in user's links. */
export const funnel = (ctx: UserCtx, input: { days: number }) =>
  getFunnel(ctx, { userId: ctx.principal.userId, days: input.days });
