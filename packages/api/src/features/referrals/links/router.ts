import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { idempotent } from '../../../trpc/idempotency.ts';
import { authedProcedure, scopedProcedure } from '../../../trpc/init.ts';
import { limitAccountCalls } from '../../../trpc/limit.ts';
import {
  createReferralLinkInput,
  deleteReferralLinkInput,
  listReferralLinksInput,
  referralLinkOutput,
  referralLinkListOutput,
  updateReferralLinkInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Referrals'] };

export const referralLinksRouter = {
  list: scopedProcedure('referrals:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/referral-links',
        summary: 'List your referral links',
        description: 'Newest first. The first link is made at registration.',
      },
    })
    .input(listReferralLinksInput)
    .output(referralLinkListOutput)
    .query(({ ctx, input }) => service.listReferralLinks(ctx, input)),

  create: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/referral-links',
        summary: 'Create a referral link',
        description: 'A user can have 100. `url` counts the visit and leads to the sign-up page.',
        success: 201,
        errors: ['REFERRAL_CODE_TAKEN', 'LIMIT_REACHED', 'RATE_LIMITED'],
      },
    })
    .input(createReferralLinkInput)
    .use(limitAccountCalls('referralCodesAccount'))
    .concat(idempotent)
    .output(referralLinkOutput)
    .mutation(({ ctx, input }) => service.createReferralLink(ctx, input)),

  update: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/referral-links/{id}',
        summary: 'Update a referral link',
        description: 'A replaced code keeps leading to the link. A disabled link accepts no sign-ups.',
        errors: ['NOT_FOUND', 'REFERRAL_CODE_TAKEN', 'CONFLICT', 'LIMIT_REACHED', 'RATE_LIMITED'],
      },
    })
    .input(updateReferralLinkInput)
    .output(referralLinkOutput)
    .mutation(({ ctx, input }) => service.updateReferralLink(ctx, input)),

  delete: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/referral-links/{id}',
        summary: 'Delete a referral link',
        description: 'Its code stops working, and nobody else can ever use it.',
        success: 204,
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(deleteReferralLinkInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.deleteReferralLink(ctx, input)),
} satisfies TRPCRouterRecord;
