import type { TRPCRouterRecord } from '@trpc/server';
import { authedProcedure } from '../../trpc/init.ts';
import { listInput, securityEventPage } from './schema.ts';
import * as service from './service.ts';

export const securityEventsRouter = {
  list: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/me/security-events',
        tags: ['Account'],
        summary: 'What happened to your account',
        protect: true,
      },
    })
    .input(listInput)
    .output(securityEventPage)
    .query(({ ctx, input }) => service.list(ctx, input)),
} satisfies TRPCRouterRecord;
