import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

const count = z.number().int();
const credits = z
  .object({
    standing: count.describe('What the rewards cost: granted and not taken back'),
    pending: count.describe('Held; not in `standing`'),
    inReview: count.describe('Part of `standing` that waits for a decision'),
    reversed: count.describe('Taken back; not in `standing`'),
  })
  .meta({ id: 'ProgrammeCredits' });
const counts = {
  signups: count,
  pending: count,
  successful: count,
  rejected: count.describe('Reversed ones included'),
  review: count,
  reversed: z
    .object({ refund: count, fraud: count, other: count })
    .meta({ id: 'ReversalCounts' })
    .describe('Successes that were reversed and are rejected now, by cause'),
  credits,
};
const versionTotals = z
  .object({ version: count, publishedAt: timestamp, ...counts })
  .meta({ id: 'CampaignVersionTotals' });
export type VersionTotals = z.infer<typeof versionTotals>;
const milestones = z
  .object({ count: count.describe('Milestones that stand'), credits })
  .meta({ id: 'MilestoneTotals' });
const campaignTotals = z
  .object({ id: z.uuid(), name: z.string(), milestones, versions: z.array(versionTotals) })
  .meta({ id: 'CampaignTotals' });
export type CampaignTotals = z.infer<typeof campaignTotals>;

export const programmeTotalsInput = z.strictObject({}).prefault({});
export const programmeTotalsOutput = z
  .object({
    ...counts,
    credits: credits.describe('Of referrals and milestones'),
    byHand: count.describe('Credits granted by administrators, less those deducted'),
    redeemed: count.describe('Credits spent, less those of cancelled redemptions'),
    balances: count.describe('Credits that users have: standing, by hand, less redeemed'),
    campaigns: z.array(campaignTotals).describe('Newest first, with their versions, newest first'),
  })
  .meta({ id: 'ProgrammeTotals' });
export type ProgrammeTotals = z.infer<typeof programmeTotalsOutput>;
