import type { TRPCRouterRecord } from '@trpc/server';
import { memberProcedure } from '../../../trpc/init.ts';
import {
  campaignReferralListOutput,
  campaignReferralOutput,
  listCampaignReferralsInput,
  rejectCampaignReferralInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Campaigns'] };

export const campaignReferralsRouter = {
  list: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/campaigns/{id}/referrals',
        summary: 'List the referrals of a campaign',
        description: 'Newest first.',
      },
    })
    .input(listCampaignReferralsInput)
    .output(campaignReferralListOutput)
    .query(({ ctx, input }) => service.listCampaignReferrals(ctx, input)),

  reject: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/campaigns/{id}/referrals/{referralId}/reject',
        summary: 'Reject a referral',
        description: 'For good. The rewards of a successful one are taken back.',
        errors: ['CONFLICT'],
      },
    })
    .input(rejectCampaignReferralInput)
    .output(campaignReferralOutput)
    .mutation(({ ctx, input }) => service.rejectCampaignReferral(ctx, input)),
} satisfies TRPCRouterRecord;
