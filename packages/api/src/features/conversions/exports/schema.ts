import { z } from 'zod';
import { entryOutput } from '../ledger/schema.ts';
import { campaignReferralOutput } from '../referrals/schema.ts';
import { campaignRewardOutput } from '../rewards/schema.ts';

export const exportProgrammeInput = z.strictObject({
  id: z.uuid(),
  format: z.enum(['csv', 'json']).default('csv').describe('Of the stream over REST'),
  cursor: z.string().max(64).optional().describe('`nextCursor` of the previous part; a stream needs none'),
});
export type ExportProgrammeInput = z.infer<typeof exportProgrammeInput>;

const exportedEntry = entryOutput
  .extend({
    recipientId: z.uuid().describe('The referrer, or the referral of a rewarded customer'),
    recipient: z.string().describe('The recipient in your product'),
  })
  .meta({ id: 'ExportedLedgerEntry' });
export type ExportedEntry = z.infer<typeof exportedEntry>;

const nextCursor = z.string().nullable().describe('Null over REST, where all items come at once');
const part = <T extends z.ZodObject>(item: T) => z.object({ items: z.array(item), nextCursor });
export const campaignReferralsExportOutput = part(campaignReferralOutput).meta({
  id: 'CampaignReferralsExport',
});
export const campaignRewardsExportOutput = part(campaignRewardOutput).meta({ id: 'CampaignRewardsExport' });
export const campaignLedgerExportOutput = part(exportedEntry).meta({ id: 'CampaignLedgerExport' });

export const PROGRAMME_EXPORT_COLUMNS = {
  referrals: Object.keys(campaignReferralOutput.shape),
  rewards: Object.keys(campaignRewardOutput.shape),
  ledger: Object.keys(exportedEntry.shape),
};
