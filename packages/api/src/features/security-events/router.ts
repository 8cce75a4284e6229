import type { TRPCRouterRecord } from '@trpc/server';
import { authedProcedure } from '../../trpc/init.ts';
import { listSecurityEventsInput, securityEventListOutput } from './schema.ts';
import * as service from './service.ts';

export const securityEventsRouter = {
  list: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/me/security-events',
        tags: ['Account'],
        summary: 'List the security events of your account',
        description:
          'Newest first: sign-ins, changes of email address and password, and what administrators did.',
      },
    })
    .input(listSecurityEventsInput)
    .output(securityEventListOutput)
    .query(({ ctx, input }) => service.listSecurityEvents(ctx, input)),
} satisfies TRPCRouterRecord;
