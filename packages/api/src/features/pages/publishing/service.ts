import { isDeepStrictEqual } from 'node:util';
import type { AppTrxCtx, DbCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { publishMessage } from '../../outbox/service.ts';
import { requireVerifiedUser } from '../../users/service.ts';
import { findPersonalWorkspaceId } from '../../workspaces/service.ts';
import { publishPageEvent, publishPageUpdated } from '../events/service.ts';
import type { PageRow } from '../queries.ts';
import { pagePublishedTopic } from '../schema.ts';
import type { Snapshot } from '../snapshots/schema.ts';
import { applySnapshot, readSnapshot } from '../snapshots/service.ts';
import { listSnapshotChanges } from '../versions/policy.ts';
import { requireNotTakenDown } from '../takedowns/service.ts';
import { keepVersion } from '../versions/keeping/service.ts';
import * as queries from './queries.ts';

// Callers hold the page's lock and invalidate the cached page.

type PublisherCtx = AppTrxCtx & UserCtx;
type Publishable = Pick<PageRow, 'id' | 'published' | 'manualPublishing' | 'takedown'>;

const requirePublisher = (ctx: UserCtx): Promise<void> => requireVerifiedUser(ctx, 'publish a page');

/** Sends a message to `pages.published`. Throws `EMAIL_NOT_VERIFIED`. */
async function markPublished(ctx: PublisherCtx, id: string): Promise<void> {
  const { userId } = ctx.principal;
  await requirePublisher(ctx);
  await queries.updatePublishing(ctx.db, id, { published: true });
  await publishPageEvent(ctx, 'page.published', id);
  await publishMessage(ctx, pagePublishedTopic, { userId });
}

/** Returns the changed members; `undefined` if nothing was published before. */
async function replaceLive(ctx: AppTrxCtx, id: string, draft: Snapshot): Promise<string[] | undefined> {
  const live = await queries.findLiveSnapshot(ctx.db, id);
  if (live && isDeepStrictEqual(live, draft)) return [];
  await queries.replaceLiveContent(ctx.db, id, draft);
  return live && listSnapshotChanges(live, draft);
}

/** Keeps a version and shows the draft to visitors. Returns the version's ID. Throws `EMAIL_NOT_VERIFIED`, `TAKEN_DOWN`. */
export async function publishDraft(
  ctx: PublisherCtx,
  page: Publishable,
  note: string | null = null,
): Promise<string> {
  const { id, published, manualPublishing } = page;
  requireNotTakenDown(page);
  await requirePublisher(ctx);
  const draft = await readSnapshot(ctx.db, id);
  const versionId = await keepVersion(ctx, id, { reason: 'publish', note, content: draft });
  const changed = manualPublishing ? await replaceLive(ctx, id, draft) : undefined;
  await queries.updatePublishing(ctx.db, id, { draftChanged: false });
  if (!published) await markPublished(ctx, id);
  else if (changed && changed.length > 0) await publishPageUpdated(ctx, id, changed);
  return versionId;
}

/** With what was published last, or for the first time with the draft. Throws `EMAIL_NOT_VERIFIED`, `TAKEN_DOWN`. */
export async function showPage(ctx: PublisherCtx, page: Publishable): Promise<void> {
  requireNotTakenDown(page);
  const hasLive = page.manualPublishing && (await queries.findLiveSnapshot(ctx.db, page.id));
  if (hasLive) await markPublished(ctx, page.id);
  else await publishDraft(ctx, page);
}

export async function unpublishPage(ctx: AppTrxCtx, id: string): Promise<void> {
  await queries.updatePublishing(ctx.db, id, { published: false });
  await publishPageEvent(ctx, 'page.unpublished', id);
}

/** What visitors see now stays as it is until the next publication. */
export async function startManualPublishing(
  ctx: AppTrxCtx,
  { id, published, updatedAt }: Pick<PageRow, 'id' | 'published' | 'updatedAt'>,
): Promise<void> {
  if (published) await queries.replaceLiveContent(ctx.db, id, await readSnapshot(ctx.db, id), updatedAt);
  await queries.updatePublishing(ctx.db, id, { manual: true, draftChanged: false });
}

/** Publishes the draft if the page is published. Throws `EMAIL_NOT_VERIFIED`. */
export async function stopManualPublishing(ctx: PublisherCtx, page: Publishable): Promise<void> {
  if (page.published) await publishDraft(ctx, page);
  await queries.deleteLiveContent(ctx.db, page.id);
  await queries.updatePublishing(ctx.db, page.id, { manual: false, draftChanged: false });
}

/** Throws `CONFLICT` if there is no publication to go back to. */
export async function resetDraft(ctx: AppTrxCtx, page: Publishable): Promise<void> {
  const live = page.manualPublishing ? await queries.findLiveSnapshot(ctx.db, page.id) : undefined;
  if (!live)
    throw new AppError(
      'CONFLICT',
      'Nothing was published with manual publishing, so there is nothing to go back to',
    );
  await applySnapshot(ctx, page.id, live);
  await queries.updatePublishing(ctx.db, page.id, { draftChanged: false });
}

/** In the personal workspace, as one page of a team is not a page of each of its owners. */
export const hasPublishedPage = (ctx: DbCtx, userId: string): Promise<boolean> =>
  queries.hasPublishedPageRow(ctx.db, findPersonalWorkspaceId(userId));
