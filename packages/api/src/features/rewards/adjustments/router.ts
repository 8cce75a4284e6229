import type { TRPCRouterRecord } from '@trpc/server';
import { idempotent } from '../../../trpc/idempotency.ts';
import { adminProcedure } from '../../../trpc/init.ts';
import { adjustCreditsInput, adjustedCreditsOutput } from './schema.ts';
import * as service from './service.ts';

export const adjustmentsRouter = {
  adjust: adminProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/admin/credits',
        tags: ['Administration'],
        summary: 'Grant or deduct credits',
        description: 'Makes a ledger entry with a reason. A deduction is mailed to the user.',
        success: 201,
        errors: ['NOT_FOUND', 'INSUFFICIENT_CREDITS'],
      },
    })
    .input(adjustCreditsInput)
    .concat(idempotent)
    .output(adjustedCreditsOutput)
    .mutation(({ ctx, input }) => service.adjustCredits(ctx, input)),
} satisfies TRPCRouterRecord;
