import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { EXPORT_STREAM } from '../../core/http/export-parts.ts';
import { memberProcedure } from '../../trpc/init.ts';
import {
  analyticsOutput,
  pageAnalyticsInput,
  analyticsPageInput,
  workspaceAnalyticsOutput,
} from './schema.ts';
import * as exporting from './export/service.ts';
import { analyticsExportOutput, exportAnalyticsInput } from './export/schema.ts';
import { analyticsSettingsOutput, updateAnalyticsSettingsInput } from './publication/schema.ts';
import { type LiveUpdate, watchAnalyticsInput } from './live/schema.ts';
import * as live from './live/service.ts';
import * as publication from './publication/service.ts';
import { titleTestResultInput, titleTestResultOutput } from './title-tests/schema.ts';
import * as titleTests from './title-tests/service.ts';
import * as service from './service.ts';

const openapi = { tags: ['Analytics'], errors: ['NOT_FOUND' as const] };

export const analyticsRouter = {
  page: memberProcedure('analytics:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/analytics',
        summary: 'Get the views and clicks of a page',
        description:
          'Totals with the previous period of the same length, a series with every bucket, and breakdowns of at most 100 names. Bots, members of the workspace and repeats are left out and counted under `excluded`.',
      },
    })
    .input(pageAnalyticsInput)
    .output(analyticsOutput)
    .query(({ ctx, input }) => service.getPageAnalytics(ctx, input)),

  workspace: memberProcedure('analytics:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/workspaces/{id}/analytics',
        summary: 'Get the views and clicks of all pages of a workspace',
        description: 'The same numbers over all pages that are not in the trash, with counts of each page.',
      },
    })
    .input(pageAnalyticsInput)
    .output(workspaceAnalyticsOutput)
    .query(({ ctx, input }) => service.getWorkspaceAnalytics(ctx, input)),

  /** A plugin of the server serves it over REST. */
  live: memberProcedure('analytics:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/analytics/live',
        summary: 'Watch the views and clicks of a page',
        description:
          'Server-sent events, one every two seconds, each with an update as JSON. The stream ends after five minutes; browsers connect again by themselves and go on where it ended (`Last-Event-ID`). Over tRPC a subscription.',
      },
    })
    .input(watchAnalyticsInput)
    .output(z.custom<AsyncIterable<LiveUpdate>>((value) => typeof value === 'object' && value !== null))
    .subscription(({ ctx, input, signal }) => live.watchPageAnalytics(ctx, input, signal)),

  export: memberProcedure('analytics:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/analytics/export',
        summary: 'Export the views and clicks of a page',
        description: `${EXPORT_STREAM} Single events, or counts if you give an \`interval\`.`,
      },
    })
    .input(exportAnalyticsInput)
    .output(analyticsExportOutput)
    .query(({ ctx, input }) => exporting.exportPageAnalytics(ctx, input)),

  titleTest: memberProcedure('analytics:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/blocks/{id}/title-test',
        summary: 'Get the result of a test of two titles so far',
        description:
          'Views and clicks of both titles, without bots, members of the workspace and repeats, and what can be said of the difference.',
      },
    })
    .input(titleTestResultInput)
    .output(titleTestResultOutput)
    .query(({ ctx, input }) => titleTests.getTitleTestResult(ctx, input)),

  settings: memberProcedure('analytics:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/analytics/settings',
        summary: 'Get who may see the numbers of a page, and when they begin',
        description: 'The time of the last reset is `resetAt`.',
      },
    })
    .input(analyticsPageInput)
    .output(analyticsSettingsOutput)
    .query(({ ctx, input }) => publication.getAnalyticsSettings(ctx, input)),

  updateSettings: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/pages/{id}/analytics/settings',
        summary: 'Show or hide the numbers of a page at `/@handle/stats`',
        description: 'Shown are the last 30 days, to everyone who opens the address.',
      },
    })
    .input(updateAnalyticsSettingsInput)
    .output(analyticsSettingsOutput)
    .mutation(({ ctx, input }) => publication.changeAnalyticsSettings(ctx, input)),

  reset: memberProcedure('analytics:reset')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages/{id}/analytics/reset',
        summary: 'Count a page from now on',
        description: 'Deletes nothing, but earlier views and clicks are not shown any more.',
        success: 204,
      },
    })
    .input(analyticsPageInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.resetPageAnalytics(ctx, input)),
} satisfies TRPCRouterRecord;
