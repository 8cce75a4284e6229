import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../../trpc/init.ts';
import { campaignOutput } from '../schema.ts';
import { getCampaign } from '../service.ts';
import {
  campaignInput,
  campaignUserListOutput,
  listCampaignUsersInput,
  scheduleCampaignInput,
  updateReferralCampaignInput,
} from './schema.ts';
import * as service from './service.ts';

const path = '/api/admin/referral-campaigns/{id}';
const openapi = { tags: ['Administration'] };
const change = {
  ...openapi,
  method: 'POST' as const,
  errors: ['NOT_FOUND' as const, 'CONFLICT' as const],
};

export const campaignLifeRouter = {
  get: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path,
        summary: 'Get a referral campaign',
        description: 'With the terms of its newest version.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(campaignInput)
    .output(campaignOutput)
    .query(({ ctx, input }) => getCampaign(ctx, input.id)),

  update: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path,
        summary: 'Rename a campaign or change whom it is for',
        description: 'Terms are changed by publishing a version.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(updateReferralCampaignInput)
    .output(campaignOutput)
    .mutation(({ ctx, input }) => service.updateCampaign(ctx, input)),

  users: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: `${path}/users`,
        summary: 'List the referrers that a campaign names',
        description: 'Only campaigns for named users have any.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(listCampaignUsersInput)
    .output(campaignUserListOutput)
    .query(({ ctx, input }) => service.listCampaignUsers(ctx, input)),

  schedule: adminProcedure
    .meta({
      openapi: {
        ...change,
        path: `${path}/schedule`,
        summary: 'Plan the start and the end of a campaign',
        description:
          'A start ends the campaign that runs for everyone by then. The worker acts within five seconds; after `endsAt` no sign-up gets the terms, however late it is.',
      },
    })
    .input(scheduleCampaignInput)
    .output(campaignOutput)
    .mutation(({ ctx, input }) => service.scheduleCampaign(ctx, input)),

  start: adminProcedure
    .meta({
      openapi: {
        ...change,
        path: `${path}/start`,
        summary: 'Start a campaign',
        description:
          'Its terms apply to users who sign up from now on. One for everyone ends the one that ran for everyone; those for a group or for named users run beside others.',
      },
    })
    .input(campaignInput)
    .output(campaignOutput)
    .mutation(({ ctx, input }) => service.startCampaign(ctx, input)),

  pause: adminProcedure
    .meta({
      openapi: {
        ...change,
        path: `${path}/pause`,
        summary: 'Pause a campaign',
        description:
          'Sign-ups get the terms of another campaign that applies to their referrer. Without one, their referrals are recorded and pay nothing.',
      },
    })
    .input(campaignInput)
    .output(campaignOutput)
    .mutation(({ ctx, input }) => service.pauseCampaign(ctx, input)),

  resume: adminProcedure
    .meta({
      openapi: {
        ...change,
        path: `${path}/resume`,
        summary: 'Resume a paused campaign',
        description: 'Referrals made during the pause keep the terms they got.',
      },
    })
    .input(campaignInput)
    .output(campaignOutput)
    .mutation(({ ctx, input }) => service.resumeCampaign(ctx, input)),

  end: adminProcedure
    .meta({
      openapi: {
        ...change,
        path: `${path}/end`,
        summary: 'End a campaign',
        description: 'It cannot start again. Its referrals keep their terms and are still rewarded.',
      },
    })
    .input(campaignInput)
    .output(campaignOutput)
    .mutation(({ ctx, input }) => service.endCampaign(ctx, input)),
} satisfies TRPCRouterRecord;
