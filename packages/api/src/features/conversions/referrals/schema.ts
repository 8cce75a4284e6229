import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { externalId } from '../../campaigns/people/schema.ts';
import { referralStatus } from '../../referrals/schema.ts';

export const campaignReferralOutput = z
  .object({
    id: z.uuid(),
    campaignId: z.uuid(),
    version: z.number().int().describe('The version of the campaign whose terms apply'),
    referrerId: z.uuid(),
    referrerExternalId: z.string(),
    externalId: z.string().describe('The customer'),
    status: referralStatus,
    reason: z
      .string()
      .nullable()
      .describe(
        'Why it was rejected: `own_account`, `own_address`, `known_before`, `referrer_inactive`, `refunded`, or your reason',
      ),
    dateReferred: timestamp,
    qualifiedAt: timestamp.nullable(),
  })
  .meta({ id: 'CampaignReferral' });
export type CampaignReferral = z.infer<typeof campaignReferralOutput>;
export const campaignReferralListOutput = createListOutputSchema(campaignReferralOutput);

export const listCampaignReferralsInput = z.strictObject({
  id: z.uuid(),
  ...paginationInput,
  referrerId: z.uuid().optional(),
  externalId: externalId.optional().describe('Only the referral of this customer'),
  status: referralStatus.optional(),
});
export const rejectCampaignReferralInput = z
  .strictObject({
    id: z.uuid(),
    referralId: z.uuid(),
    reason: singleLineSchema(1, 500).describe('Stored with the referral'),
  })
  .meta({ id: 'RejectCampaignReferralInput' });
