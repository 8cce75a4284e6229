import type { AppTrxCtx } from '../../../core/context.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { markDraftChanged } from '../publishing/queries.ts';
import { pageEventQuery } from '../queries.ts';

/** Call it after the change, under the page's lock. */
export const publishPageEvent = (
  ctx: AppTrxCtx,
  type: 'page.published' | 'page.unpublished' | 'page.deleted',
  id: string,
): Promise<void> => publishEventsFrom(ctx, type, pageEventQuery(id, ctx.config));

/** The same for changed members; `workspaceId` is another one than the page's own. */
export const publishPageUpdated = (
  ctx: AppTrxCtx,
  id: string,
  changed: string[],
  workspaceId?: string,
): Promise<void> =>
  publishEventsFrom(
    ctx,
    'page.updated',
    pageEventQuery(id, {
      publicUrl: ctx.config.publicUrl,
      changed,
      workspaceId: workspaceId ?? null,
    }),
  );

/**
 * The same for changes of which some may wait for the next publication: those have no event. A handle never waits.
 * Call it under the page's lock.
 */
export async function recordPageChange(ctx: AppTrxCtx, id: string, changed: string[]): Promise<void> {
  const hasContent = changed.some((member) => member !== 'handle');
  const isWaiting = hasContent && (await markDraftChanged(ctx.db, id));
  const visible = isWaiting ? changed.filter((member) => member === 'handle') : changed;
  if (visible.length > 0) await publishPageUpdated(ctx, id, visible);
}
