import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { idempotent } from '../../trpc/idempotency.ts';
import { adminProcedure } from '../../trpc/init.ts';
import {
  blockedHostListOutput,
  blockedHostOutput,
  blockHostInput,
  listBlockedHostsInput,
  unblockHostInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };

export const blockedHostsRouter = {
  listBlockedHosts: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/blocked-hosts',
        summary: 'List blocked and suspicious hosts',
        description: 'The newest first.',
      },
    })
    .input(listBlockedHostsInput)
    .output(blockedHostListOutput)
    .query(({ ctx, input }) => service.listBlockedHosts(ctx, input)),

  blockHost: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/blocked-hosts',
        summary: 'Block a host, or have visitors asked before they go there',
        description:
          'Holds at once for links that exist and for new ones. An entry that exists gets the new level and reason.',
        success: 201,
      },
    })
    .input(blockHostInput)
    .concat(idempotent)
    .output(blockedHostOutput)
    .mutation(({ ctx, input }) => service.addBlockedHost(ctx, input)),

  unblockHost: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/admin/blocked-hosts/{host}',
        summary: 'Remove a host from the list',
        description: 'Blocks with links to it are shown again.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(unblockHostInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.removeBlockedHost(ctx, input)),
} satisfies TRPCRouterRecord;
