import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { multiLineSchema, singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { reportReason } from '../../pages/takedowns/schema.ts';
import { emailAddress } from '../../users/schema.ts';
import { MAX_DETAILS_LENGTH, MAX_NOTE_LENGTH } from '../policy.ts';
import { moderatedPage } from '../schema.ts';

export const createReportInput = z
  .strictObject({
    handle: singleLineSchema(1, 64).describe('The page, as in its address'),
    reason: reportReason,
    details: multiLineSchema(1, MAX_DETAILS_LENGTH).optional().describe('What is wrong, in your own words'),
    email: emailAddress.optional().describe('For questions; only administrators see it'),
  })
  .meta({ id: 'CreateReportInput' });

export const reportStatus = z.enum(['open', 'dismissed', 'acted']).meta({ id: 'ReportStatus' });

export const reportOutput = z
  .object({
    id: z.uuid(),
    page: moderatedPage,
    reason: reportReason,
    details: z.string().nullable(),
    email: z.string().nullable().describe('Of the reporter; nobody proved it'),
    times: z.number().int().describe('How often it was reported'),
    status: reportStatus,
    note: z.string().nullable(),
    createdAt: timestamp,
    reportedAt: timestamp.describe('The last time'),
    resolvedAt: timestamp.nullable(),
  })
  .meta({ id: 'Report' });
export type Report = z.infer<typeof reportOutput>;
export const reportListOutput = createListOutputSchema(reportOutput);

export const listReportsInput = z
  .strictObject({
    ...paginationInput,
    status: reportStatus.default('open'),
    reason: reportReason.optional(),
    pageId: z.uuid().optional(),
    handle: singleLineSchema(1, 64).optional(),
  })
  .prefault({});

export const resolveReportInput = z
  .strictObject({
    id: z.uuid(),
    action: z
      .enum(['dismiss', 'act'])
      .describe('`dismiss`: nothing is wrong; `act`: you did something about it'),
    note: multiLineSchema(1, MAX_NOTE_LENGTH).optional().describe('For other administrators'),
    wholePage: z.boolean().default(false).describe('Resolve every open report of the page'),
  })
  .meta({ id: 'ResolveReportInput' });

/** A report with the account's own address, for its export. */
export const ownReportOutput = z
  .object({
    handle: z.string(),
    reason: reportReason,
    details: z.string().nullable(),
    status: reportStatus,
    createdAt: timestamp,
  })
  .meta({ id: 'OwnReport' });
export type OwnReport = z.infer<typeof ownReportOutput>;
