import type { AppTrxCtx } from '../../../core/context.ts';
import { publishEventsFrom } from '../../events/service.ts';
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
