import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { memberProcedure } from '../../../trpc/init.ts';
import { limitAccountCalls } from '../../../trpc/limit.ts';
import { pageIdInput, pageOutput } from '../schema.ts';
import { lockPageInput } from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Pages'] };

export const locksRouter = {
  setPassword: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'PUT',
        path: '/api/pages/{id}/password',
        summary: 'Lock a page with a password or a code',
        description:
          'Visitors see nothing of the page before they enter it. A new password locks out everyone who entered the old one. Preview links show the page without it.',
        versioned: true,
        errors: ['NOT_FOUND', 'PRECONDITION_FAILED'],
      },
    })
    .input(lockPageInput)
    .use(limitAccountCalls('pagePasswordsAccount'))
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.setPagePassword(ctx, input)),

  removePassword: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/pages/{id}/password',
        summary: 'Remove the password of a page',
        description: 'Everyone can see the page again. Nothing happens if it has no password.',
        success: 204,
        versioned: true,
        errors: ['NOT_FOUND', 'PRECONDITION_FAILED'],
      },
    })
    .input(pageIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.removePagePassword(ctx, input)),
} satisfies TRPCRouterRecord;
