import type { TRPCRouterRecord } from '@trpc/server';
import { idempotent } from '../../../trpc/idempotency.ts';
import { adminProcedure } from '../../../trpc/init.ts';
import {
  campaignOutput,
  campaignListOutput,
  createCampaignInput,
  listCampaignsInput,
  publishCampaignInput,
  campaignVersionListOutput,
  listCampaignVersionsInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };

export const campaignsRouter = {
  list: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/referral-campaigns',
        summary: 'List referral campaigns',
        description: 'Newest first.',
      },
    })
    .input(listCampaignsInput)
    .output(campaignListOutput)
    .query(({ ctx, input }) => service.listCampaigns(ctx, input)),

  create: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/referral-campaigns',
        summary: 'Draft a referral campaign',
        description: 'A draft applies to nobody until it is started.',
        success: 201,
      },
    })
    .input(createCampaignInput)
    .concat(idempotent)
    .output(campaignOutput)
    .mutation(({ ctx, input }) => service.createCampaign(ctx, input)),

  versions: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/referral-campaigns/{id}/versions',
        summary: 'List the versions of a campaign',
        description: 'Newest first. Earlier versions still apply to the referrals made under them.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(listCampaignVersionsInput)
    .output(campaignVersionListOutput)
    .query(({ ctx, input }) => service.listCampaignVersions(ctx, input)),

  publish: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/referral-campaigns/{id}/versions',
        summary: 'Publish a campaign version',
        description: 'Its terms apply to users who sign up from now on; earlier referrals keep theirs.',
        success: 201,
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(publishCampaignInput)
    .concat(idempotent)
    .output(campaignOutput)
    .mutation(({ ctx, input }) => service.publishCampaignVersion(ctx, input)),
} satisfies TRPCRouterRecord;
