import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../trpc/init.ts';
import { pageIdInput } from '../../pages/schema.ts';
import { moderatedPageOutput } from '../takedowns/schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };

export const badgesRouter = {
  verifyPage: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/pages/{id}/verify',
        summary: 'Give a page the verified badge',
        description:
          'It vouches for the handle and the owner: another handle, and a move to another workspace, take it away.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(pageIdInput)
    .output(moderatedPageOutput)
    .mutation(({ ctx, input }) => service.grantPageBadge(ctx, input)),

  unverifyPage: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/pages/{id}/unverify',
        summary: 'Take the verified badge from a page',
        description: 'The owners see it among their security events.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(pageIdInput)
    .output(moderatedPageOutput)
    .mutation(({ ctx, input }) => service.revokePageBadge(ctx, input)),
} satisfies TRPCRouterRecord;
