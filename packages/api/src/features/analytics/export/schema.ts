import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';
import { INTERVALS } from '../periods/policy.ts';
import { analyticsMembers, bucketOutput } from '../schema.ts';

export const EXPORT_FORMATS = ['csv', 'json'] as const;

export const exportAnalyticsInput = z.strictObject({
  id: z.uuid(),
  ...analyticsMembers,
  interval: z.enum(INTERVALS).optional().describe('Counts by interval instead of single events'),
  format: z.enum(EXPORT_FORMATS).default('csv').describe('Of the stream over REST'),
  cursor: timestamp.optional().describe('`nextCursor` of the previous part; a stream needs none'),
});
export type ExportAnalyticsInput = z.infer<typeof exportAnalyticsInput>;

const name = z.string().nullable();
export const eventOutput = z
  .object({
    at: timestamp,
    type: z.enum(['view', 'click']),
    blockId: z.uuid().nullable(),
    blockTitle: name,
    referrer: name,
    country: name,
    region: name,
    device: name,
    browser: name,
    os: name,
    language: name,
    utmSource: name,
    utmMedium: name,
    utmCampaign: name,
    via: name,
  })
  .meta({ id: 'AnalyticsEvent' });
export type ExportedEvent = z.infer<typeof eventOutput>;

const count = z.number().int();
export type ExportedBucket = z.infer<typeof bucketOutput>;

export const analyticsExportOutput = z
  .object({
    items: z.union([z.array(eventOutput), z.array(bucketOutput)]),
    nextCursor: timestamp.nullable().describe('Null over REST, where all items come at once'),
  })
  .meta({ id: 'AnalyticsExport' });
export type AnalyticsExport = z.infer<typeof analyticsExportOutput>;

/** For the export of an account; days without views and clicks are left out. */
export const ownAnalyticsOutput = z.array(
  z
    .object({
      pageId: z.uuid(),
      handle: z.string(),
      days: z.array(
        z
          .object({ date: z.iso.date(), views: count, clicks: count, visitors: count })
          .meta({ id: 'AnalyticsDay' }),
      ),
    })
    .meta({ id: 'OwnPageAnalytics' }),
);
export type OwnAnalytics = z.infer<typeof ownAnalyticsOutput>;

export const EXPORT_COLUMNS = {
  events: Object.keys(eventOutput.shape),
  buckets: Object.keys(bucketOutput.shape),
};
