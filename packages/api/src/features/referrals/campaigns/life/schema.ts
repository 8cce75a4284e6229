import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../../core/http/pagination.ts';
import { enteredTime } from '../../../../core/text/validation.ts';
import { campaignAudienceInput, campaignName } from '../schema.ts';

export const campaignInput = z.strictObject({ id: z.uuid() });

export const updateReferralCampaignInput = z
  .strictObject({
    id: z.uuid(),
    name: campaignName.optional(),
    audience: campaignAudienceInput
      .optional()
      .describe('Until the campaign has started; of one for named users, the names until it has ended'),
  })
  .meta({ id: 'UpdateReferralCampaignInput' });

const futureTime = enteredTime
  .refine((text) => Date.parse(text) > Date.now(), { error: 'Enter a time in the future' })
  .nullable();
export const scheduleCampaignInput = z
  .strictObject({
    id: z.uuid(),
    startsAt: futureTime
      .optional()
      .describe('When it starts by itself; null for not by itself. Unchanged if omitted'),
    endsAt: futureTime
      .optional()
      .describe('When it ends by itself; null for not by itself. Unchanged if omitted'),
  })
  .meta({ id: 'ScheduleCampaignInput' });

export const listCampaignUsersInput = z.strictObject({ id: z.uuid(), ...paginationInput });
export const campaignUserOutput = z
  .object({ id: z.uuid(), username: z.string().nullable().describe('Null if they deleted their account') })
  .meta({ id: 'NamedReferrer' });
export const campaignUserListOutput = createListOutputSchema(campaignUserOutput);
