import { z } from 'zod';
import { exportCursorOutput, exportPartInput } from '../../../core/http/export-parts.ts';
import { entryOutput } from '../ledger/schema.ts';
import { campaignReferralOutput } from '../referrals/schema.ts';
import { campaignRewardOutput } from '../rewards/schema.ts';

export const exportProgrammeInput = z.strictObject({
  id: z.uuid(),
  ...exportPartInput,
});
export type ExportProgrammeInput = z.infer<typeof exportProgrammeInput>;

const exportedEntry = entryOutput
  .extend({
    recipientId: z.uuid().describe('The referrer, or the referral of a rewarded customer'),
    recipient: z.string().describe('The recipient in your product'),
  })
  .meta({ id: 'ExportedLedgerEntry' });
export type ExportedEntry = z.infer<typeof exportedEntry>;

const part = <T extends z.ZodObject>(item: T) =>
  z.object({ items: z.array(item), nextCursor: exportCursorOutput });
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
