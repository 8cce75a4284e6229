import type { TRPCRouterRecord } from '@trpc/server';
import { EXPORT_STREAM } from '../../../core/http/export-parts.ts';
import { memberProcedure } from '../../../trpc/init.ts';
import {
  campaignLedgerExportOutput,
  campaignReferralsExportOutput,
  campaignRewardsExportOutput,
  exportProgrammeInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Campaigns'], method: 'GET' as const };
const STREAM = `Newest first. ${EXPORT_STREAM}`;

/** A plugin of the server streams them over REST. */
export const campaignExportsRouter = {
  referrals: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        path: '/api/campaigns/{id}/referrals/export',
        summary: 'Export the referrals of a campaign',
        description: STREAM,
      },
    })
    .input(exportProgrammeInput)
    .output(campaignReferralsExportOutput)
    .query(({ ctx, input }) => service.exportCampaignReferrals(ctx, input)),

  rewards: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        path: '/api/campaigns/{id}/rewards/export',
        summary: 'Export the rewards of a campaign',
        description: STREAM,
      },
    })
    .input(exportProgrammeInput)
    .output(campaignRewardsExportOutput)
    .query(({ ctx, input }) => service.exportCampaignRewards(ctx, input)),

  ledger: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        path: '/api/campaigns/{id}/ledger/export',
        summary: 'Export the ledger of a campaign',
        description: `The entries of all recipients; the balance of one is the sum. ${STREAM}`,
      },
    })
    .input(exportProgrammeInput)
    .output(campaignLedgerExportOutput)
    .query(({ ctx, input }) => service.exportCampaignLedger(ctx, input)),
} satisfies TRPCRouterRecord;
