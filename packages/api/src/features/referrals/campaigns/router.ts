import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../trpc/init.ts';
import {
  campaign,
  campaignPage,
  createInput,
  listInput,
  publishInput,
  startInput,
  versionPage,
  versionsInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'], protect: true };

export const campaignsRouter = {
  list: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/referral-campaigns',
        summary: 'Referral campaigns and their terms',
        errors: ['FORBIDDEN'],
      },
    })
    .input(listInput)
    .output(campaignPage)
    .query(({ ctx, input }) => service.list(ctx, input)),

  create: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/referral-campaigns',
        summary: 'Draft a referral campaign',
        success: 201,
        errors: ['FORBIDDEN'],
      },
    })
    .input(createInput)
    .output(campaign)
    .mutation(({ ctx, input }) => service.create(ctx, input)),

  versions: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/referral-campaigns/{id}/versions',
        summary: 'The terms of a campaign, and those that held before',
        errors: ['FORBIDDEN', 'NOT_FOUND'],
      },
    })
    .input(versionsInput)
    .output(versionPage)
    .query(({ ctx, input }) => service.listVersions(ctx, input)),

  publish: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/referral-campaigns/{id}/versions',
        summary: 'Publish new terms',
        description: 'They hold for those who sign up from now on; what was promised before stays.',
        success: 201,
        errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(publishInput)
    .output(campaign)
    .mutation(({ ctx, input }) => service.publish(ctx, input)),

  start: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/referral-campaigns/{id}/start',
        summary: 'Start a campaign in place of the one that runs',
        errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(startInput)
    .output(campaign)
    .mutation(({ ctx, input }) => service.start(ctx, input)),
} satisfies TRPCRouterRecord;
