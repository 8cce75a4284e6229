import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

export const REPORT_REASONS = [
  'spam',
  'fraud',
  'malware',
  'impersonation',
  'hate',
  'sexual',
  'minors',
  'copyright',
  'other',
] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];
export const reportReason = z
  .enum(REPORT_REASONS)
  .meta({ id: 'ReportReason' })
  .describe('`sexual`: without a warning; `minors`: it endangers children');

export const takedownReason = z
  .enum([...REPORT_REASONS, 'legal'])
  .meta({ id: 'TakedownReason' })
  .describe('`legal`: by a legal order');
export type TakedownReason = z.infer<typeof takedownReason>;

const appeal = z
  .object({
    text: z.string(),
    appealedAt: timestamp,
    decision: z
      .enum(['upheld', 'granted'])
      .nullable()
      .describe('`upheld`: the page stays down; null until it is decided'),
    note: z.string().nullable().describe('Of the administrator who decided'),
    decidedAt: timestamp.nullable(),
  })
  .meta({ id: 'PageAppeal' });

/** As the members of the page's workspace see it. */
export const pageTakedown = z
  .object({
    reason: takedownReason,
    note: z.string().nullable().describe('Of the administrator'),
    takenDownAt: timestamp,
    appeal: appeal.nullable(),
  })
  .meta({ id: 'PageTakedown' });
export type PageTakedown = z.infer<typeof pageTakedown>;
