import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { adminProcedure } from '../../trpc/init.ts';
import { adminUser, findInput, suspendInput, targetInput } from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'], protect: true };
const NOT_FOUND = ['FORBIDDEN' as const, 'NOT_FOUND' as const];

export const adminRouter = {
  findUser: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/users',
        summary: 'Look up a user',
        errors: NOT_FOUND,
      },
    })
    .input(findInput)
    .output(adminUser)
    .query(({ ctx, input }) => service.find(ctx, input)),

  suspendUser: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/users/{id}/suspend',
        summary: 'Keep a user out and end their sessions',
        errors: NOT_FOUND,
      },
    })
    .input(suspendInput)
    .output(adminUser)
    .mutation(({ ctx, input }) => service.suspend(ctx, input)),

  restoreUser: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/users/{id}/restore',
        summary: 'Let a suspended user sign in again',
        errors: NOT_FOUND,
      },
    })
    .input(targetInput)
    .output(adminUser)
    .mutation(({ ctx, input }) => service.restore(ctx, input)),

  endSessions: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/admin/users/{id}/sessions',
        summary: 'End every session of a user',
        success: 204,
        errors: NOT_FOUND,
      },
    })
    .input(targetInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.endSessions(ctx, input)),
} satisfies TRPCRouterRecord;
