import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { authedProcedure } from '../../trpc/init.ts';
import {
  analyticsOutput,
  pageAnalyticsInput,
  analyticsPageInput,
  workspaceAnalyticsOutput,
} from './schema.ts';
import * as exporting from './export/service.ts';
import { analyticsExportOutput, exportAnalyticsInput } from './export/schema.ts';
import { analyticsSettingsOutput, updateAnalyticsSettingsInput } from './publication/schema.ts';
import type { LiveUpdate } from './live/schema.ts';
import * as live from './live/service.ts';
import * as publication from './publication/service.ts';
import * as service from './service.ts';

const openapi = { tags: ['Analytics'], errors: ['NOT_FOUND' as const] };

export const analyticsRouter = {
  page: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/analytics',
        summary: 'Get the views and clicks of a page',
        description:
          'Totals with the previous period of the same length, a series with every bucket, and breakdowns of at most 100 names. Bots, the owner and repeats are left out and counted under `excluded`.',
      },
    })
    .input(pageAnalyticsInput)
    .output(analyticsOutput)
    .query(({ ctx, input }) => service.getPageAnalytics(ctx, input)),

  workspace: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/workspaces/{id}/analytics',
        summary: 'Get the views and clicks of all pages of a workspace',
      },
    })
    .input(pageAnalyticsInput)
    .output(workspaceAnalyticsOutput)
    .query(({ ctx, input }) => service.getWorkspaceAnalytics(ctx, input)),

  /** Over REST `GET /api/pages/{id}/analytics/live`, which a plugin of the server serves. */
  live: authedProcedure
    .input(analyticsPageInput)
    .output(z.custom<AsyncIterable<LiveUpdate>>((value) => typeof value === 'object' && value !== null))
    .subscription(({ ctx, input, signal }) => live.watchPageAnalytics(ctx, input, signal)),

  export: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/analytics/export',
        summary: 'Export the views and clicks of a page',
        description:
          'Over REST a stream: CSV with a head line, or JSON with all `items`. Over tRPC one part with its `nextCursor`. Single events, or counts if you give an `interval`.',
      },
    })
    .input(exportAnalyticsInput)
    .output(analyticsExportOutput)
    .query(({ ctx, input }) => exporting.exportPageAnalytics(ctx, input)),

  settings: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/analytics/settings',
        summary: 'Get who may see the numbers of a page, and when they begin',
      },
    })
    .input(analyticsPageInput)
    .output(analyticsSettingsOutput)
    .query(({ ctx, input }) => publication.getAnalyticsSettings(ctx, input)),

  updateSettings: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/pages/{id}/analytics/settings',
        summary: 'Show or hide the numbers of a page at `/@handle/stats`',
      },
    })
    .input(updateAnalyticsSettingsInput)
    .output(analyticsSettingsOutput)
    .mutation(({ ctx, input }) => publication.changeAnalyticsSettings(ctx, input)),

  reset: authedProcedure
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
