import type { TRPCRouterRecord } from '@trpc/server';
import { scopedProcedure } from '../../../trpc/init.ts';
import { referralUtmInput, referralUtmOutput } from './schema.ts';
import * as service from './service.ts';

export const referralUtmRouter = {
  utm: scopedProcedure('referrals:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/referral-utm',
        tags: ['Referrals'],
        summary: 'Show visits and sign-ups by their `utm_` parameters',
        description:
          'Which posts and campaigns work: add `utm_source`, `utm_medium` and `utm_campaign` to `/r/{code}`. A sign-up counts for the visit that was credited.',
      },
    })
    .input(referralUtmInput)
    .output(referralUtmOutput)
    .query(({ ctx, input }) => service.getReferralUtm(ctx, input)),
} satisfies TRPCRouterRecord;
