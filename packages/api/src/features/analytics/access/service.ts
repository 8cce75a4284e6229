import type { UserCtx } from '../../../core/context.ts';
import { requirePage } from '../../pages/service.ts';

/** Throws `NOT_FOUND`. */
export async function requireAnalyticsPage(
  ctx: UserCtx,
  pageId: string,
): Promise<{ id: string; handle: string }> {
  const { id, handle } = await requirePage(ctx, pageId);
  return { id, handle };
}

/** Whether views and clicks by the user say nothing about visitors. */
export const isInsider = (userId: string, { ownerId }: { ownerId: string }): boolean => userId === ownerId;
