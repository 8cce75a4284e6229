import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure, memberProcedure } from '../../../trpc/init.ts';
import { pageOutput } from '../../pages/schema.ts';
import {
  appealInput,
  appealListOutput,
  appealOutput,
  decideAppealInput,
  findModeratedPageInput,
  listAppealsInput,
  moderatedPageOutput,
  restoreTakenDownInput,
  takeDownInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };

export const pageAppealRouter = {
  appeal: memberProcedure('pages:write')
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/pages/{id}/appeal',
        tags: ['Pages'],
        summary: 'Appeal against a take-down',
        description: 'Once per take-down. An administrator decides, and the owners get a mail.',
        errors: ['CONFLICT'],
      },
    })
    .input(appealInput)
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.addAppeal(ctx, input)),
} satisfies TRPCRouterRecord;

export const takedownsRouter = {
  findPage: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/pages',
        summary: 'Look up a page and its take-downs',
        description: 'Finds a page by its handle, also an earlier one, or by its ID.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(findModeratedPageInput)
    .output(moderatedPageOutput)
    .query(({ ctx, input }) => service.findModeratedPage(ctx, input)),

  takeDown: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/pages/{id}/take-down',
        summary: 'Take a page down',
        description:
          'Visitors get 451 at once. The owners get a mail with the reason, and can appeal once. Resolves the open reports of the page.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(takeDownInput)
    .output(moderatedPageOutput)
    .mutation(({ ctx, input }) => service.takeDownPage(ctx, input)),

  restorePage: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/pages/{id}/restore',
        summary: 'Bring back a page that was taken down',
        description: 'As it was before, with what its owners changed since. Grants an open appeal.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(restoreTakenDownInput)
    .output(moderatedPageOutput)
    .mutation(({ ctx, input }) => service.restoreTakenDownPage(ctx, input)),

  listAppeals: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/appeals',
        summary: 'List appeals that are not decided',
        description: 'The oldest first.',
      },
    })
    .input(listAppealsInput)
    .output(appealListOutput)
    .query(({ ctx, input }) => service.listAppeals(ctx, input)),

  decideAppeal: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/appeals/{id}/decide',
        summary: 'Decide an appeal',
        description: 'The owners get a mail with the decision.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(decideAppealInput)
    .output(appealOutput)
    .mutation(({ ctx, input }) => service.resolveAppeal(ctx, input)),
} satisfies TRPCRouterRecord;
