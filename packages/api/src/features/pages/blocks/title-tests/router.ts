import type { TRPCRouterRecord } from '@trpc/server';
import { memberProcedure } from '../../../../trpc/init.ts';
import { blockOutput } from '../schema.ts';
import { endTitleTestInput } from './schema.ts';
import { endTitleTest } from './service.ts';

export const titleTestsRouter = {
  endTitleTest: memberProcedure('pages:write')
    .meta({
      openapi: {
        tags: ['Pages'],
        method: 'POST',
        path: '/api/blocks/{id}/title-test/end',
        summary: 'End a test of two titles and keep the winner',
        description: 'In one change. The block gets the title and the thumbnail of the winner.',
        versioned: true,
        errors: ['NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED'],
      },
    })
    .input(endTitleTestInput)
    .output(blockOutput)
    .mutation(({ ctx, input }) => endTitleTest(ctx, input)),
} satisfies TRPCRouterRecord;
