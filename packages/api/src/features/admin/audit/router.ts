import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../trpc/init.ts';
import { auditEntryListOutput, listAuditInput } from './schema.ts';
import * as service from './service.ts';

export const auditRouter = {
  listAudit: adminProcedure
    .meta({
      openapi: {
        tags: ['Administration'],
        method: 'GET',
        path: '/api/admin/audit',
        summary: 'List what administrators did',
        description:
          'Newest first, in every part of the platform: users, pages, hosts, referrals, rewards and campaigns. An act on a page of several owners has an entry for each of them.',
      },
    })
    .input(listAuditInput)
    .output(auditEntryListOutput)
    .query(({ ctx, input }) => service.listAudit(ctx, input)),
} satisfies TRPCRouterRecord;
