import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppTrxCtx, DbCtx, MemberCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { requireVersion } from '../../../core/http/etags.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { requireAllowedHosts } from '../../blocked-hosts/service.ts';
import { dropForeignCodes } from '../blocks/referral-codes/service.ts';
import { recordPageChange } from '../events/service.ts';
import { invalidateCachedPages } from '../handles/service.ts';
import { findLiveSnapshot } from '../publishing/queries.ts';
import { publishDraft, resetDraft } from '../publishing/service.ts';
import type { Page } from '../schema.ts';
import { getPage, lockPage, requirePage } from '../service.ts';
import type { Snapshot } from '../snapshots/schema.ts';
import { applySnapshot, readSnapshot } from '../snapshots/service.ts';
import { keepVersion } from './keeping/service.ts';
import { compareSnapshots, listSnapshotChanges, MAX_VERSIONS } from './policy.ts';
import * as queries from './queries.ts';
import {
  type compareVersionsInput,
  type listVersionsInput,
  type PageComparison,
  type PageVersion,
  type PageVersionContent,
  type PublishedPage,
  type publishPageInput,
  versionContentOutput,
  type versionIdInput,
} from './schema.ts';

const toOutput = ({ userId, username, createdAt, ...row }: queries.VersionRow): PageVersion => ({
  ...row,
  createdBy: { id: userId, username },
  createdAt: createdAt.toISOString(),
});

export async function listVersions(
  ctx: MemberCtx,
  input: z.infer<typeof listVersionsInput>,
): Promise<Paginated<PageVersion>> {
  await requirePage(ctx, input.id);
  return paginate(
    input,
    (before, limit) => queries.listVersionRows(ctx.db, { pageId: input.id, before, limit }),
    toOutput,
  );
}

/** The caller has checked who owns the page. */
export async function listAllVersions({ db }: DbCtx, pageId: string): Promise<PageVersion[]> {
  const rows = await queries.listVersionRows(db, { pageId, before: null, limit: MAX_VERSIONS });
  return rows.map(toOutput);
}

type VersionId = z.infer<typeof versionIdInput>;

/** The caller has checked who owns the page. Throws `NOT_FOUND`. */
async function requireVersionRow(ctx: DbCtx, { id, versionId }: VersionId) {
  const row = await queries.findVersionRow(ctx.db, id, versionId);
  if (!row) throw new AppError('NOT_FOUND', 'Version not found');
  return row;
}

const toCamelCase = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );

export async function getVersion(ctx: MemberCtx, input: VersionId): Promise<PageVersionContent> {
  await requirePage(ctx, input.id);
  const { content, ...row } = await requireVersionRow(ctx, input);
  return versionContentOutput.parse({
    ...toOutput(row),
    page: toCamelCase(content.page),
    blocks: content.blocks.map(toCamelCase),
  });
}

/** Throws `NOT_FOUND`. */
async function findComparable(ctx: MemberCtx, id: string, side: string): Promise<Snapshot> {
  const live = side === 'live' ? await findLiveSnapshot(ctx.db, id) : undefined;
  if (live) return live;
  if (side === 'draft' || side === 'live') return readSnapshot(ctx.db, id);
  return (await requireVersionRow(ctx, { id, versionId: side })).content;
}

export async function compareVersions(
  ctx: MemberCtx,
  { id, from, to }: z.infer<typeof compareVersionsInput>,
): Promise<PageComparison> {
  await requirePage(ctx, id);
  const [before, after] = [await findComparable(ctx, id, from), await findComparable(ctx, id, to)];
  return { changes: compareSnapshots(before, after) };
}

/** Holds the page's lock and invalidates the cached page. Throws `NOT_FOUND` and `PRECONDITION_FAILED`. */
const changePage = <T>(
  ctx: MemberCtx,
  id: string,
  change: (trx: AppTrxCtx & MemberCtx, page: Awaited<ReturnType<typeof lockPage>>) => Promise<T>,
): Promise<T> =>
  withTransaction(ctx, async (trx) => {
    const page = await lockPage(trx, id);
    requireVersion(ctx, page.version, undefined);
    const result = await change(trx, page);
    await invalidateCachedPages(trx, { pageId: id });
    return result;
  });

/** Throws `EMAIL_NOT_VERIFIED`. */
export async function publishPage(
  ctx: MemberCtx,
  { id, note }: z.infer<typeof publishPageInput>,
): Promise<PublishedPage> {
  const versionId = await changePage(ctx, id, (trx, page) => publishDraft(trx, page, note ?? null));
  const { content: _, ...row } = await requireVersionRow(ctx, { id, versionId });
  return { ...(await getPage(ctx, { id })), publishedVersion: toOutput(row) };
}

/** Keeps the replaced content as a version, so that this can be undone. Throws `NOT_FOUND` and `HOST_BLOCKED`. */
export async function restoreVersion(ctx: MemberCtx, input: VersionId): Promise<Page> {
  const { id } = input;
  await changePage(ctx, id, async (trx) => {
    const { content } = await requireVersionRow(trx, input);
    const before = await readSnapshot(trx.db, id);
    const changed = listSnapshotChanges(before, content);
    if (changed.length === 0) return;
    await requireAllowedHosts(trx, content);
    await keepVersion(trx, id, { reason: 'restore', note: null, content: before });
    await applySnapshot(trx, id, content);
    await dropForeignCodes(trx, id);
    await recordPageChange(trx, id, changed);
  });
  return getPage(ctx, { id });
}

/** Throws `CONFLICT` if there is no publication to go back to. */
export async function discardDraft(ctx: MemberCtx, { id }: { id: string }): Promise<Page> {
  await changePage(ctx, id, resetDraft);
  return getPage(ctx, { id });
}
