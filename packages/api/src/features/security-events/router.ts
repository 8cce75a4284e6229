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
        summary: 'What happened to your account',
      },
    })
    .input(listSecurityEventsInput)
    .output(securityEventListOutput)
    .query(({ ctx, input }) => service.listSecurityEvents(ctx, input)),
} satisfies TRPCRouterRecord;
