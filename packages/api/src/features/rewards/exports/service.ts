import type { z } from 'zod';
import type { AppCtx, UserCtx } from '../../../core/context.ts';
import { EXPORT_PART_ROWS } from '../../../core/http/export-parts.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { resolveUserId } from '../../users/service.ts';
import { rewardsCondition } from '../review/queries.ts';
import { resolveRewardFilters } from '../review/service.ts';
import * as queries from './queries.ts';
import type {
  exportLedgerInput,
  exportRewardsInput,
  exportWholeLedgerInput,
  ledgerExportOutput,
  rewardExportOutput,
  wholeLedgerExportOutput,
} from './schema.ts';

const withTime = <Row extends { createdAt: Date }>(row: Row) => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
});

/** One part of an export, newest first; a whole one is read part by part. */
export const exportLedger = (
  ctx: UserCtx,
  { cursor, reason }: z.infer<typeof exportLedgerInput>,
): Promise<z.infer<typeof ledgerExportOutput>> =>
  paginate(
    { cursor, limit: EXPORT_PART_ROWS },
    (before, limit) =>
      queries.listExportedEntryRows(ctx.db, { userId: ctx.principal.userId, reason, before, limit }),
    ({ userId: _userId, username: _username, reason: _reason, ...row }) => withTime(row),
  );

export async function exportWholeLedger(
  ctx: AppCtx,
  { cursor, user }: z.infer<typeof exportWholeLedgerInput>,
): Promise<z.infer<typeof wholeLedgerExportOutput>> {
  const userId = user === undefined ? null : await resolveUserId(ctx, user);
  return paginate(
    { cursor, limit: EXPORT_PART_ROWS },
    (before, limit) => queries.listExportedEntryRows(ctx.db, { userId, reason: undefined, before, limit }),
    withTime,
  );
}

export async function exportRewards(
  ctx: AppCtx,
  { cursor, format: _format, ...filters }: z.infer<typeof exportRewardsInput>,
): Promise<z.infer<typeof rewardExportOutput>> {
  const where = rewardsCondition(await resolveRewardFilters(ctx, filters));
  return paginate(
    { cursor, limit: EXPORT_PART_ROWS },
    (before, limit) => queries.listExportedRewardRows(ctx.db, { where, before, limit }),
    withTime,
  );
}
