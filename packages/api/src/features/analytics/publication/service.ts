import type { AppCtx, DbCtx, MemberCtx } from '../../../core/context.ts';
import { requireAnalyticsPage } from '../access/service.ts';
import { updateAnalyticsSettings } from '../queries.ts';
import type { Analytics } from '../schema.ts';
import { readPageAnalytics } from '../service.ts';
import * as queries from './queries.ts';
import type { AnalyticsSettings } from './schema.ts';

const readSettings = async (ctx: DbCtx, pageId: string): Promise<AnalyticsSettings> => {
  const row = await queries.findSettingsRow(ctx.db, pageId);
  return { public: row?.isPublic ?? false, resetAt: row?.resetAt?.toISOString() ?? null };
};

export async function getAnalyticsSettings(
  ctx: MemberCtx,
  { id }: { id: string },
): Promise<AnalyticsSettings> {
  await requireAnalyticsPage(ctx, id);
  return readSettings(ctx, id);
}

export async function changeAnalyticsSettings(
  ctx: MemberCtx,
  { id, public: isPublic }: { id: string; public: boolean },
): Promise<AnalyticsSettings> {
  await requireAnalyticsPage(ctx, id);
  await updateAnalyticsSettings(ctx.db, id, { isPublic });
  return readSettings(ctx, id);
}

/** The last 30 days; undefined unless the owner shows them to everyone. */
export async function findPublicAnalytics(ctx: AppCtx, pageId: string): Promise<Analytics | undefined> {
  const settings = await readSettings(ctx, pageId);
  return settings.public ? readPageAnalytics(ctx, pageId, { timezone: 'UTC', interval: 'day' }) : undefined;
}
