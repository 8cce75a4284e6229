import { z } from 'zod';

export const payPassedMilestonesInput = z
  .strictObject({
    id: z.uuid(),
    preview: z.boolean().default(true).describe('Shows what would be paid, and pays nothing'),
  })
  .meta({ id: 'PayPassedMilestonesInput' });

const count = z.number().int();
export const paidMilestonesOutput = z
  .object({
    preview: z.boolean(),
    referrers: count.describe('Who were paid, or would be'),
    remaining: count.describe('Referrers who are left for another call'),
    credits: count.describe('What they got, or would get, together'),
    milestones: z.array(
      z.object({ referrals: count, credits: count, referrers: count }).meta({ id: 'PassedMilestone' }),
    ),
  })
  .meta({ id: 'PaidMilestones' });
export type PaidMilestones = z.infer<typeof paidMilestonesOutput>;
