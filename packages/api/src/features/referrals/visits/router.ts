import type { TRPCRouterRecord } from '@trpc/server';
import { acceptedOutput } from '../../../core/text/validation.ts';
import { publicProcedure } from '../../../trpc/init.ts';
import { recordVisitInput } from './schema.ts';
import * as service from './service.ts';

export const visitsRouter = {
  visit: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/referral-codes/{code}/visit',
        tags: ['Referrals'],
        summary: 'Count a visit to a referral link',
        description:
          'For frontends that serve the sign-up page themselves: call it when the page is opened with `?referral=`. Counts and sets the attribution cookie like `/r/{code}`, unless that led the visitor there.',
        success: 202,
        errors: ['NOT_FOUND'],
      },
    })
    .input(recordVisitInput)
    .output(acceptedOutput)
    .mutation(async ({ ctx, input }) => {
      await service.recordSignUpPageVisit(ctx, input);
      return { accepted: true as const };
    }),
} satisfies TRPCRouterRecord;
