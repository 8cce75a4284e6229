import type { TRPCRouterRecord } from '@trpc/server';
import { memberProcedure } from '../../../trpc/init.ts';
import { pageIdInput, pageOutput } from '../schema.ts';
import {
  compareVersionsInput,
  comparisonOutput,
  listVersionsInput,
  publishPageInput,
  publishPageOutput,
  versionContentOutput,
  versionIdInput,
  versionListOutput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Pages'] };

export const versionsRouter = {
  publish: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages/{id}/publish',
        summary: 'Publish a page and keep a version of it',
        description:
          'Shows the page to everyone; with manual publishing, with all changes since the last time. The last 50 versions are kept. Without a note, publishing the same content again keeps no second version.',
        versioned: true,
        errors: ['NOT_FOUND', 'PRECONDITION_FAILED', 'EMAIL_NOT_VERIFIED', 'TAKEN_DOWN'],
      },
    })
    .input(publishPageInput)
    .output(publishPageOutput)
    .mutation(({ ctx, input }) => service.publishPage(ctx, input)),

  discardDraft: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages/{id}/discard-draft',
        summary: 'Discard all changes since the last publication',
        description:
          'For pages with manual publishing. The page and its blocks become again what visitors see; blocks that were added go into the trash.',
        versioned: true,
        errors: ['NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED'],
      },
    })
    .input(pageIdInput)
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.discardDraft(ctx, input)),

  listVersions: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/versions',
        summary: 'List the versions of a page',
        description: 'The newest first: who published when, with which note.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(listVersionsInput)
    .output(versionListOutput)
    .query(({ ctx, input }) => service.listVersions(ctx, input)),

  compareVersions: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/versions/compare',
        summary: 'Compare two versions, or a version with the draft',
        description: 'Lists what changed from one to the other, as data and in words.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(compareVersionsInput)
    .output(comparisonOutput)
    .query(({ ctx, input }) => service.compareVersions(ctx, input)),

  getVersion: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/versions/{versionId}',
        summary: 'Get a version of a page',
        description: 'With the content that the page and its blocks had.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(versionIdInput)
    .output(versionContentOutput)
    .query(({ ctx, input }) => service.getVersion(ctx, input)),

  restoreVersion: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages/{id}/versions/{versionId}/restore',
        summary: 'Restore a version of a page',
        description:
          'In one step. Blocks keep their IDs, and with them their counts and links, unless they moved to another page. What is replaced is kept as a version. With manual publishing, visitors see it after the next publication.',
        versioned: true,
        errors: ['NOT_FOUND', 'PRECONDITION_FAILED'],
      },
    })
    .input(versionIdInput)
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.restoreVersion(ctx, input)),
} satisfies TRPCRouterRecord;
