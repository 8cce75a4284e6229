import type { Paginated } from '@linkgrove/db';
import type { MemberCtx } from '../../../core/context.ts';
import { EXPORT_PART_ROWS } from '../../../core/http/export-parts.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { requireWorkspaceCampaign } from '../../campaigns/service.ts';
import type { CampaignReferral } from '../referrals/schema.ts';
import { listCampaignReferrals } from '../referrals/service.ts';
import type { CampaignReward } from '../rewards/schema.ts';
import { listCampaignRewards } from '../rewards/service.ts';
import * as queries from './queries.ts';
import type { ExportedEntry, ExportProgrammeInput } from './schema.ts';

/** One part of an export, newest first, as are the next two; a whole one is read part by part. */
export const exportCampaignReferrals = (
  ctx: MemberCtx,
  { id, cursor }: ExportProgrammeInput,
): Promise<Paginated<CampaignReferral>> =>
  listCampaignReferrals(ctx, { id, cursor, limit: EXPORT_PART_ROWS });

export const exportCampaignRewards = (
  ctx: MemberCtx,
  { id, cursor }: ExportProgrammeInput,
): Promise<Paginated<CampaignReward>> => listCampaignRewards(ctx, { id, cursor, limit: EXPORT_PART_ROWS });

export async function exportCampaignLedger(
  ctx: MemberCtx,
  { id: campaignId, cursor }: ExportProgrammeInput,
): Promise<Paginated<ExportedEntry>> {
  await requireWorkspaceCampaign(ctx, campaignId);
  return paginate(
    { cursor, limit: EXPORT_PART_ROWS },
    (before, limit) => queries.listCampaignEntryRows(ctx.db, { campaignId, before, limit }),
    ({ createdAt, ...row }) => ({ ...row, createdAt: createdAt.toISOString() }),
  );
}
