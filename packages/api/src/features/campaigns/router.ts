import type { TRPCRouterRecord } from '@trpc/server';
import { idempotent } from '../../trpc/idempotency.ts';
import { memberProcedure } from '../../trpc/init.ts';
import {
  campaignIdInput,
  workspaceCampaignListOutput,
  workspaceCampaignOutput,
  workspaceCampaignVersionListOutput,
  createWorkspaceCampaignInput,
  listWorkspaceCampaignsInput,
  listWorkspaceCampaignVersionsInput,
  publishWorkspaceCampaignInput,
  updateCampaignInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Campaigns'] };

export const workspaceCampaignsRouter = {
  list: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/campaigns',
        summary: 'List campaigns',
        description: 'Newest first. The campaign of the platform itself is not among them.',
      },
    })
    .input(listWorkspaceCampaignsInput)
    .output(workspaceCampaignListOutput)
    .query(({ ctx, input }) => service.listWorkspaceCampaigns(ctx, input)),

  create: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/campaigns',
        summary: 'Draft a campaign',
        description: 'A draft refers nobody until it is started. A workspace can have 50 campaigns.',
        success: 201,
        errors: ['LIMIT_REACHED'],
      },
    })
    .input(createWorkspaceCampaignInput)
    .concat(idempotent)
    .output(workspaceCampaignOutput)
    .mutation(({ ctx, input }) => service.createWorkspaceCampaign(ctx, input)),

  get: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/campaigns/{id}',
        summary: 'Get a campaign',
        description: 'With the terms of its newest version.',
      },
    })
    .input(campaignIdInput)
    .output(workspaceCampaignOutput)
    .query(({ ctx, input }) => service.getWorkspaceCampaign(ctx, input)),

  update: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/campaigns/{id}',
        summary: 'Change the name or the addresses of a campaign',
        description: 'Terms are changed by publishing a version.',
      },
    })
    .input(updateCampaignInput)
    .output(workspaceCampaignOutput)
    .mutation(({ ctx, input }) => service.updateWorkspaceCampaign(ctx, input)),

  versions: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/campaigns/{id}/versions',
        summary: 'List the versions of a campaign',
        description: 'Newest first. Earlier versions still apply to the referrals made under them.',
      },
    })
    .input(listWorkspaceCampaignVersionsInput)
    .output(workspaceCampaignVersionListOutput)
    .query(({ ctx, input }) => service.listWorkspaceCampaignVersions(ctx, input)),

  publish: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/campaigns/{id}/versions',
        summary: 'Publish new terms',
        description: 'They apply to customers who are referred from now on; earlier referrals keep theirs.',
        success: 201,
        errors: ['CONFLICT'],
      },
    })
    .input(publishWorkspaceCampaignInput)
    .concat(idempotent)
    .output(workspaceCampaignOutput)
    .mutation(({ ctx, input }) => service.publishWorkspaceCampaign(ctx, input)),

  start: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/campaigns/{id}/start',
        summary: 'Start a campaign',
        description: 'Its links and codes work from now on. Other campaigns of the workspace keep running.',
        errors: ['CONFLICT', 'EMAIL_NOT_VERIFIED'],
      },
    })
    .input(campaignIdInput)
    .output(workspaceCampaignOutput)
    .mutation(({ ctx, input }) => service.startWorkspaceCampaign(ctx, input)),

  end: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/campaigns/{id}/end',
        summary: 'End a campaign',
        description: 'It refers nobody any more. Earlier referrals are still rewarded under their terms.',
        errors: ['CONFLICT'],
      },
    })
    .input(campaignIdInput)
    .output(workspaceCampaignOutput)
    .mutation(({ ctx, input }) => service.endWorkspaceCampaign(ctx, input)),
} satisfies TRPCRouterRecord;
