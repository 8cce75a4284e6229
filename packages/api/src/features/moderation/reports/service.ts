import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, Ctx, DbCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { findPageEntry } from '../../public-page/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { toModeratedPage } from '../service.ts';
import * as queries from './queries.ts';
import type { createReportInput, listReportsInput, OwnReport, Report, resolveReportInput } from './schema.ts';

/** The answer does not tell whether there is such a page. Throws `RATE_LIMITED`. */
export async function createReport(
  ctx: Ctx,
  input: z.infer<typeof createReportInput>,
): Promise<{ accepted: true }> {
  const { handle, reason, details = null, email = null } = input;
  ctx.reportLimit(await ctx.limiter.consume('reports', ctx.address));
  const entry = await findPageEntry(ctx, handle);
  if (!entry) return { accepted: true };
  const reporterHash = ctx.keyedHash('reporter', ctx.address);
  const report = { id: generateId(), pageId: entry.view.pageId, reason, details, email, reporterHash };
  await queries.storeReport(ctx.db, report);
  return { accepted: true };
}

const toOutput = (ctx: AppCtx, { page, ...row }: queries.ReportRow): Report => ({
  ...row,
  page: toModeratedPage(ctx, page),
  createdAt: row.createdAt.toISOString(),
  reportedAt: row.reportedAt.toISOString(),
  resolvedAt: row.resolvedAt?.toISOString() ?? null,
});

export const listReports = (
  ctx: UserCtx,
  input: z.infer<typeof listReportsInput>,
): Promise<Paginated<Report>> => {
  const { limit: _limit, cursor: _cursor, ...filter } = input;
  return paginate(
    input,
    (before, limit) => queries.listReportRows(ctx.db, { ...filter, before, limit }),
    (row) => toOutput(ctx, row),
  );
};

/** Throws `NOT_FOUND`. */
async function requireReport(ctx: AppCtx, id: string): Promise<Report> {
  const row = await queries.findReportRow(ctx.db, id);
  if (!row) throw new AppError('NOT_FOUND', 'Report not found');
  return toOutput(ctx, row);
}

/** Throws `NOT_FOUND`, and `CONFLICT` if another administrator was faster. */
export const resolveReport = (
  ctx: UserCtx,
  { id, action, note, wholePage }: z.infer<typeof resolveReportInput>,
): Promise<Report> =>
  withTransaction(ctx, async (trx) => {
    const pageId = (await requireReport(trx, id)).page.id;
    const status = action === 'act' ? 'acted' : 'dismissed';
    const of = wholePage ? { pageId } : { id };
    const count = await queries.resolveReportRows(trx.db, of, { status, note: note ?? null });
    if (count === 0) throw new AppError('CONFLICT', 'This report is already resolved');
    await recordSecurityEvent(trx, 'report_resolved', {
      userId: ctx.principal.userId,
      details: { reportId: id, pageId, status, count },
    });
    return requireReport(trx, id);
  });

/** For the part of moderation that acted on the page. */
export const resolveReportsOfPage = async (ctx: TrxCtx, pageId: string): Promise<void> => {
  await queries.resolveReportRows(ctx.db, { pageId }, { status: 'acted', note: null });
};

/** Those that give this address, which the account has proven. */
export async function listOwnReports(ctx: DbCtx, email: string): Promise<OwnReport[]> {
  const rows = await queries.listReportsByEmail(ctx.db, email);
  return rows.map(({ createdAt, ...row }) => ({ ...row, createdAt: createdAt.toISOString() }));
}

export const clearReporter = (ctx: TrxCtx, email: string): Promise<void> =>
  queries.clearReporterRows(ctx.db, email);

/** Scheduled job. */
export const deleteOldReports = (ctx: AppCtx): Promise<void> =>
  queries.deleteExpiredReportRows(ctx.db, ctx.config.reportRetentionSeconds);
