import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../trpc/init.ts';
import { paidMilestonesOutput, payPassedMilestonesInput } from './schema.ts';
import * as service from './service.ts';

export const milestonesRouter = {
  payMilestones: adminProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/admin/referral-campaigns/{id}/pay-milestones',
        tags: ['Administration'],
        summary: 'Pay milestones that referrers passed before they were promised',
        description:
          'For the milestones of the newest version, to referrers whom the campaign is for: otherwise only referrers who reach the number afterwards are paid. A preview by default; refused for a campaign that has not started. Repeat it while there are `remaining` referrers; nobody is paid twice.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(payPassedMilestonesInput)
    .output(paidMilestonesOutput)
    .mutation(({ ctx, input }) => service.payPassedMilestones(ctx, input)),
} satisfies TRPCRouterRecord;
