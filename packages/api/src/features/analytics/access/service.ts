import type { UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { listAllPages, requirePage } from '../../pages/service.ts';

export type AnalyticsPage = { id: string; handle: string };

/** The one check of who may see and change a page's analytics. Throws `NOT_FOUND`. */
export async function requireAnalyticsPage(ctx: UserCtx, pageId: string): Promise<AnalyticsPage> {
  const { id, handle } = await requirePage(ctx, pageId);
  return { id, handle };
}

/** The pages of a workspace; today a user's own pages are one, with the user's ID. Throws `NOT_FOUND`. */
export async function listAnalyticsPagesOf(ctx: UserCtx, workspaceId: string): Promise<AnalyticsPage[]> {
  const { userId } = ctx.principal;
  if (workspaceId !== userId) throw new AppError('NOT_FOUND', 'Workspace not found');
  const pages = await listAllPages(ctx, userId);
  return pages.filter(({ deletedAt }) => deletedAt === null).map(({ id, handle }) => ({ id, handle }));
}

/** Whether views and clicks by the user say nothing about visitors. */
export const isInsider = (userId: string, { ownerId }: { ownerId: string }): boolean => userId === ownerId;
