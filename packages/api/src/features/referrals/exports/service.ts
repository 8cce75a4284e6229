import type { z } from 'zod';
import type { AppCtx, UserCtx } from '../../../core/context.ts';
import { EXPORT_PART_ROWS } from '../../../core/http/export-parts.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { ownReferralsCondition } from '../queries.ts';
import { reviewedReferralsCondition } from '../review/queries.ts';
import { resolveReview } from '../review/service.ts';
import { resolveReferralFilters } from '../service.ts';
import * as queries from './queries.ts';
import type {
  allReferralsExportOutput,
  exportAllReferralsInput,
  exportReferralsInput,
  referralExportOutput,
} from './schema.ts';

const toExportedReferral = (row: queries.ExportedReferralRow) => ({
  ...row,
  dateReferred: row.dateReferred.toISOString(),
  qualifiedAt: row.qualifiedAt?.toISOString() ?? null,
});

/** One part of an export; a whole one is read part by part. */
export const exportReferrals = (
  ctx: UserCtx,
  { cursor, format: _format, ...filters }: z.infer<typeof exportReferralsInput>,
): Promise<z.infer<typeof referralExportOutput>> => {
  const where = ownReferralsCondition(ctx.principal.userId, resolveReferralFilters(filters));
  return paginate(
    { cursor, limit: EXPORT_PART_ROWS },
    (before, limit) => queries.listExportedReferralRows(ctx.db, { where, before, limit }),
    (row) => {
      // Only administrators see these.
      const {
        referrerId: _1,
        referrer: _2,
        reason: _3,
        risk: _4,
        signals: _5,
        ...own
      } = toExportedReferral(row);
      return own;
    },
  );
};

/** Newest first, unlike the list. */
export async function exportAllReferrals(
  ctx: AppCtx,
  { cursor, format: _format, ...filters }: z.infer<typeof exportAllReferralsInput>,
): Promise<z.infer<typeof allReferralsExportOutput>> {
  const where = reviewedReferralsCondition(await resolveReview(ctx, filters));
  return paginate(
    { cursor, limit: EXPORT_PART_ROWS },
    (before, limit) => queries.listExportedReferralRows(ctx.db, { where, before, limit }),
    toExportedReferral,
  );
}
