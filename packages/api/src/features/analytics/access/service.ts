import type { MemberCtx, UserCtx } from '../../../core/context.ts';
import { listAllPages, listWorkspacePages, requirePage } from '../../pages/service.ts';

export type AnalyticsPage = { id: string; handle: string };

const toAnalyticsPage = ({ id, handle }: AnalyticsPage): AnalyticsPage => ({ id, handle });

/** The one check of who may see and change a page's analytics. Throws like `requireRole`. */
export const requireAnalyticsPage = async (ctx: MemberCtx, pageId: string): Promise<AnalyticsPage> =>
  toAnalyticsPage(await requirePage(ctx, pageId));

/** Throws like `requireRole`. */
export async function listAnalyticsPagesOf(ctx: MemberCtx, workspaceId: string): Promise<AnalyticsPage[]> {
  const pages = await listWorkspacePages(ctx, workspaceId);
  return pages.map(toAnalyticsPage);
}

/** In all workspaces that the user owns. */
export async function listOwnAnalyticsPages(ctx: UserCtx): Promise<AnalyticsPage[]> {
  const pages = await listAllPages(ctx, ctx.principal.userId);
  return pages.filter(({ deletedAt }) => deletedAt === null).map(toAnalyticsPage);
}
