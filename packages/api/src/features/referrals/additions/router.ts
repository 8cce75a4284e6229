import type { TRPCRouterRecord } from '@trpc/server';
import { idempotent } from '../../../trpc/idempotency.ts';
import { adminProcedure } from '../../../trpc/init.ts';
import { reviewedReferralOutput } from '../review/schema.ts';
import { addReferralInput, importReferralsInput, importReferralsOutput } from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'], method: 'POST' as const };

export const referralAdditionsRouter = {
  add: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        path: '/api/admin/referrals',
        summary: 'Add the referral that a sign-up left out',
        description:
          'For a user who came by a referrer but signed up without the code. The terms of the campaign that applies to the referrer hold, and the referral is rewarded once it meets them.',
        success: 201,
        errors: ['NOT_FOUND', 'CONFLICT', 'SELF_REFERRAL', 'INVALID_REFERRAL_CODE'],
      },
    })
    .input(addReferralInput)
    .concat(idempotent)
    .output(reviewedReferralOutput)
    .mutation(({ ctx, input }) => service.addReferral(ctx, input)),

  import: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        path: '/api/admin/referrals/import',
        summary: 'Import the referrals of an earlier programme',
        description:
          'Both sides must be users. Imported referrals count on their dates and pay nothing. Importing a row again changes nothing.',
      },
    })
    .input(importReferralsInput)
    .output(importReferralsOutput)
    .mutation(({ ctx, input }) => service.importReferrals(ctx, input)),
} satisfies TRPCRouterRecord;
