import type { TRPCRouterRecord } from '@trpc/server';
import { publicProcedure } from '../../../trpc/init.ts';
import {
  campaignOfferOutput,
  currentCampaignInput,
  referralCodeInput,
  referralCodeOutput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Referrals'], method: 'GET' as const, conditional: true };

export const currentCampaignRouter = {
  current: publicProcedure
    .meta({
      openapi: {
        ...openapi,
        path: '/api/campaigns/current',
        summary: 'Show what the running campaign offers to both sides',
        description:
          "The platform's own programme, for a page that explains it. With `code`, the campaign that applies to that referrer. Answers 404 while none runs, and for codes that accept no sign-ups.",
        errors: ['NOT_FOUND'],
      },
    })
    .input(currentCampaignInput)
    .output(campaignOfferOutput)
    .query(({ ctx, input }) => service.getCurrentCampaign(ctx, input)),
} satisfies TRPCRouterRecord;

export const referralCodesRouter = {
  show: publicProcedure
    .meta({
      openapi: {
        ...openapi,
        path: '/api/referral-codes/{code}',
        summary: 'Show who owns a referral code, and what both sides get',
        description:
          'For sign-up pages that greet visitors with "Ada invited you". Answers 404 for codes that accept no sign-ups.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(referralCodeInput)
    .output(referralCodeOutput)
    .query(({ ctx, input }) => service.getReferralCode(ctx, input)),
} satisfies TRPCRouterRecord;
