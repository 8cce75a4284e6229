import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { chosenCode } from '../../referrals/links/schema.ts';
import { emailAddress } from '../../users/schema.ts';
import { externalId } from '../people/schema.ts';

const name = singleLineSchema(1, 80);
const ids = { id: z.uuid(), referrerId: z.uuid() };

export const referrerIdInput = z.strictObject(ids);
export const listReferrersInput = z.strictObject({
  id: z.uuid(),
  ...paginationInput,
  externalId: externalId.optional().describe('Only the referrer with this ID of your product'),
});
export const createReferrerInput = z
  .strictObject({
    id: z.uuid(),
    externalId: externalId.describe('ID of the person in your product; the same as for customers'),
    email: emailAddress.nullable().default(null).describe('Purchases with this address earn nothing'),
    name: name.nullable().default(null),
    code: chosenCode.optional().describe('Generated if omitted'),
  })
  .meta({ id: 'CreateReferrerInput' });
export const updateReferrerInput = z
  .strictObject({
    ...ids,
    email: emailAddress.nullable().optional(),
    name: name.nullable().optional(),
    enabled: z.boolean().optional().describe('Whether the link and the code work and new sales are rewarded'),
  })
  .meta({ id: 'UpdateReferrerInput' });

const count = z.number().int();
export const rewardSums = z
  .object({
    unit: z.string().describe('`credits`, or the currency of sums in minor units'),
    pending: count.describe('Rewards on hold'),
    balance: count.describe('What was granted and neither spent nor fulfilled'),
    earned: count.describe('Everything that was granted and not taken back'),
  })
  .meta({ id: 'RewardSums' });
export type RewardSums = z.infer<typeof rewardSums>;

export const referrerOutput = z
  .object({
    id: z.uuid(),
    campaignId: z.uuid(),
    externalId: z.string(),
    email: z.string().nullable(),
    name: z.string().nullable(),
    code: z.string(),
    url: z.url().describe("Counts the click and leads to the campaign's landing URL"),
    enabled: z.boolean(),
    clicks: count,
    referrals: count.describe('Customers that were referred, in any status'),
    successful: count,
    rewards: z.array(rewardSums).describe('One item per unit'),
    createdAt: timestamp,
  })
  .meta({ id: 'CampaignReferrer' });
export type Referrer = z.infer<typeof referrerOutput>;
export const referrerListOutput = createListOutputSchema(referrerOutput);
