import type { TRPCRouterRecord } from '@trpc/server';
import { memberProcedure } from '../../../trpc/init.ts';
import {
  campaignRewardListOutput,
  campaignRewardOutput,
  decideCampaignRewardInput,
  listCampaignRewardsInput,
  rewardIdInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Campaigns'] };

export const campaignRewardsRouter = {
  list: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/campaigns/{id}/rewards',
        summary: 'List the rewards of a campaign',
        description: 'Newest first, those on hold among them.',
      },
    })
    .input(listCampaignRewardsInput)
    .output(campaignRewardListOutput)
    .query(({ ctx, input }) => service.listCampaignRewards(ctx, input)),

  fulfil: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/rewards/{id}/fulfil',
        summary: 'Mark a reward as fulfilled',
        description:
          'For granted rewards of the kind `external`, once your product has paid or given them. A repetition changes nothing.',
        errors: ['CONFLICT', 'INSUFFICIENT_CREDITS'],
      },
    })
    .input(rewardIdInput)
    .output(campaignRewardOutput)
    .mutation(({ ctx, input }) => service.fulfilReward(ctx, input)),

  reverse: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/rewards/{id}/reverse',
        summary: 'Take back a reward in review',
        description:
          'Credits are subtracted as soon as the referrer has them again. A fulfilled reward counts as taken back by your product.',
        errors: ['CONFLICT', 'INSUFFICIENT_CREDITS'],
      },
    })
    .input(decideCampaignRewardInput)
    .output(campaignRewardOutput)
    .mutation(({ ctx, input }) => service.reverseCampaignReward(ctx, input)),

  waive: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/rewards/{id}/waive',
        summary: 'Leave a reward in review with its recipient',
        description: 'It still counts under the cap of the campaign.',
        errors: ['CONFLICT'],
      },
    })
    .input(decideCampaignRewardInput)
    .output(campaignRewardOutput)
    .mutation(({ ctx, input }) => service.waiveCampaignReward(ctx, input)),
} satisfies TRPCRouterRecord;
