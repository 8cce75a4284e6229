import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { authedProcedure } from '../../../trpc/init.ts';
import { noInput } from '../schema.ts';
import { endSessionInput, listSessionsInput, renameSessionInput, sessionListOutput } from './schema.ts';
import * as service from './service.ts';

const tags = ['Sessions'];

export const sessionsRouter = {
  list: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/sessions',
        tags,
        summary: 'List your sessions',
        description: 'Newest first. `current` marks the session of this request.',
      },
    })
    .input(listSessionsInput)
    .output(sessionListOutput)
    .query(({ ctx, input }) => service.listSessions(ctx, input)),

  rename: authedProcedure
    .meta({
      openapi: {
        method: 'PATCH',
        path: '/api/sessions/{id}',
        tags,
        summary: 'Name the device of one of your sessions',
        description: 'So that you recognise it in the list, such as `Laptop at work`.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(renameSessionInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.renameSession(ctx, input)),

  end: authedProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/sessions/{id}',
        tags,
        summary: 'End one of your sessions',
        description: 'Its access tokens stop working within a second.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(endSessionInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.endOwnSession(ctx, input)),

  endOthers: authedProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/sessions',
        tags,
        summary: 'End all your sessions except the current one',
        description: 'For users who lost a device. Their access tokens stop working within a second.',
        success: 204,
      },
    })
    .input(noInput)
    .output(z.void())
    .mutation(({ ctx }) => service.endOtherSessions(ctx)),
} satisfies TRPCRouterRecord;
