import type { TRPCRouterRecord } from '@trpc/server';
import { publicProcedure } from '../../trpc/init.ts';
import { acceptedOutput } from '../../core/text/validation.ts';
import * as gates from './gates/service.ts';
import { publicPageInput, publicPageOutput, recordClickInput, recordViewInput } from './schema.ts';
import * as service from './service.ts';
import { unlockedPageOutput, unlockPageInput } from './unlocking/schema.ts';
import { unlockPage } from './unlocking/service.ts';

export const publicPagesRouter = {
  get: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/public/pages/{handle}',
        tags: ['Public pages'],
        summary: 'Get a published page as visitors see it',
        description:
          'Supports `ETag` and `If-None-Match`. A replaced handle redirects to the page with 301 over REST, and returns the page directly over tRPC.',
        errors: ['NOT_FOUND', 'PAGE_LOCKED', 'TAKEN_DOWN'],
      },
    })
    .input(publicPageInput)
    .output(publicPageOutput)
    .query(({ ctx, input }) => service.getPublicPage(ctx, input)),

  view: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/public/pages/{handle}/view',
        tags: ['Public pages'],
        summary: 'Count a view of a page',
        description:
          "For frontends that show pages themselves, from the visitor's browser. `/@handle` counts its views itself; the same bots, owners and repeats are left out.",
        success: 202,
        errors: ['NOT_FOUND', 'PAGE_LOCKED', 'TAKEN_DOWN'],
      },
    })
    .input(recordViewInput)
    .output(acceptedOutput)
    .mutation(({ ctx, input }) => service.recordView(ctx, input)),

  unlock: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/public/pages/{handle}/unlock',
        tags: ['Public pages'],
        summary: 'Unlock a page with its password',
        description:
          'For frontends that show pages themselves. Send the token as `unlock` with other calls for the page and its blocks; browsers on the same site also get a cookie. Wrong passwords are limited by address and page.',
        errors: ['NOT_FOUND', 'TAKEN_DOWN', 'PAGE_LOCKED', 'CONFLICT', 'RATE_LIMITED'],
      },
    })
    .input(unlockPageInput)
    .output(unlockedPageOutput)
    .mutation(({ ctx, input }) => unlockPage(ctx, input)),
} satisfies TRPCRouterRecord;

export const publicBlocksRouter = {
  click: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/public/blocks/{id}/click',
        tags: ['Public pages'],
        summary: 'Count a click on a block',
        description:
          "For frontends that link to a block's target themselves. Its `href` counts clicks itself.",
        success: 202,
        errors: ['NOT_FOUND', 'PAGE_LOCKED', 'TAKEN_DOWN'],
      },
    })
    .input(recordClickInput)
    .output(acceptedOutput)
    .mutation(({ ctx, input }) => gates.recordClick(ctx, input)),
} satisfies TRPCRouterRecord;
