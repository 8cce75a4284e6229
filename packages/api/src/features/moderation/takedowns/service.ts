import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, MemberCtx, UserCtx } from '../../../core/context.ts';
import { generateId, isUuid } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { requestSettlement } from '../../files/withholding/service.ts';
import type { Page } from '../../pages/schema.ts';
import { getPage, lockPage } from '../../pages/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { resolveReportsOfPage } from '../reports/service.ts';
import { recordForOwners, lockAnyPage, toModeratedPage } from '../service.ts';
import * as queries from './queries.ts';
import type {
  Appeal,
  appealInput,
  decideAppealInput,
  findModeratedPageInput,
  listAppealsInput,
  ModeratedPageHistory,
  restoreTakenDownInput,
  takeDownInput,
} from './schema.ts';

/** By its handle, also an earlier one, or by its ID. Throws `NOT_FOUND`. */
export async function findModeratedPage(
  ctx: UserCtx,
  { name }: z.infer<typeof findModeratedPageInput>,
): Promise<ModeratedPageHistory> {
  const row = await queries.findModeratedPageRow(ctx.db, isUuid(name) ? { id: name } : { handle: name });
  if (!row) throw new AppError('NOT_FOUND', 'Page not found');
  return { ...toModeratedPage(ctx, row.page), takedowns: row.takedowns };
}

/** Its published state stays, so that it can come back as it was. Throws `NOT_FOUND` and `CONFLICT`. */
export const takeDownPage = (
  ctx: UserCtx,
  { id, reason, note: given }: z.infer<typeof takeDownInput>,
): Promise<ModeratedPageHistory> =>
  withTransaction(ctx, async (trx) => {
    const note = given ?? null;
    const page = await lockAnyPage(trx, id);
    if (!(await queries.insertTakedown(trx.db, { id: generateId(), pageId: id, reason, note })))
      throw new AppError('CONFLICT', 'This page is already taken down');
    await requestSettlement(trx, page.workspaceId);
    await resolveReportsOfPage(trx, id);
    const mail = { template: 'page-taken-down', reason, note } as const;
    await recordForOwners(trx, page, { event: 'page_taken_down', details: { reason }, mail });
    return findModeratedPage(trx, { name: id });
  });

type LockedPage = Awaited<ReturnType<typeof lockAnyPage>>;

async function bringBack(ctx: AppTrxCtx & UserCtx, page: LockedPage, note: string | null): Promise<void> {
  if (!(await queries.endTakedown(ctx.db, page.id, note)))
    throw new AppError('CONFLICT', 'This page is not taken down');
  await requestSettlement(ctx, page.workspaceId);
  await recordForOwners(ctx, page, { event: 'page_restored', mail: { template: 'page-restored', note } });
}

/** Grants an open appeal. Throws `NOT_FOUND` and `CONFLICT`. */
export const restoreTakenDownPage = (
  ctx: UserCtx,
  { id, note }: z.infer<typeof restoreTakenDownInput>,
): Promise<ModeratedPageHistory> =>
  withTransaction(ctx, async (trx) => {
    await bringBack(trx, await lockAnyPage(trx, id), note ?? null);
    return findModeratedPage(trx, { name: id });
  });

/** Throws like `requireRole`, and `CONFLICT` if there is nothing to appeal, or was an appeal already. */
export async function addAppeal(ctx: MemberCtx, { id, text }: z.infer<typeof appealInput>): Promise<Page> {
  await withTransaction(ctx, async (trx) => {
    const { takedown } = await lockPage(trx, id);
    if (!(await queries.storeAppeal(trx.db, id, text)))
      throw new AppError(
        'CONFLICT',
        takedown ? 'You can appeal once, which has been done' : 'This page is not taken down',
      );
    const { userId } = ctx.principal;
    await recordSecurityEvent(trx, 'page_appealed', { userId, details: { pageId: id } });
  });
  return getPage(ctx, { id });
}

const toAppeal = (ctx: AppCtx, { page, ...row }: queries.AppealRow): Appeal => ({
  ...row,
  page: toModeratedPage(ctx, page),
});

export const listAppeals = (
  ctx: UserCtx,
  input: z.infer<typeof listAppealsInput>,
): Promise<Paginated<Appeal>> =>
  paginate(
    input,
    (after, limit) => queries.listOpenAppealRows(ctx.db, { after, limit }),
    (row) => toAppeal(ctx, row),
  );

/** Throws `NOT_FOUND`, and `CONFLICT` if it is decided already. */
export const resolveAppeal = (
  ctx: UserCtx,
  { id, decision, note: given }: z.infer<typeof decideAppealInput>,
): Promise<Appeal> =>
  withTransaction(ctx, async (trx) => {
    const note = given ?? null;
    const pageId = await queries.findPageOfAppeal(trx.db, id);
    if (pageId === undefined) throw new AppError('NOT_FOUND', 'Appeal not found');
    const page = await lockAnyPage(trx, pageId);
    if (!(await queries.isAppealOpen(trx.db, id)))
      throw new AppError('CONFLICT', 'This appeal is already decided');
    if (decision === 'grant') await bringBack(trx, page, note);
    else {
      await queries.markTakedownUpheld(trx.db, id, note);
      await recordForOwners(trx, page, {
        event: 'appeal_upheld',
        mail: { template: 'appeal-upheld', note },
      });
    }
    const row = await queries.findAppealRow(trx.db, id);
    if (!row) throw new AppError('NOT_FOUND', 'Appeal not found');
    return toAppeal(trx, row);
  });
