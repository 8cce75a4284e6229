import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';
import { campaignOutput } from '../campaigns/schema.ts';
import { enteredReferralCode } from '../links/schema.ts';

const { terms } = campaignOutput.shape;
const { requiresPage, minAgeSeconds, referrerCredits, referredCredits, holdDays } = terms.shape;
const { cap, capPeriod, timezone, milestones } = terms.shape;

/** Only what both sides may know: no rules of review. */
export const campaignOfferOutput = z
  .object({
    id: z.uuid(),
    name: z.string(),
    version: z.number().int(),
    referrerCredits,
    referredCredits,
    milestones,
    requiresPage,
    minAgeSeconds,
    holdDays,
    cap,
    capPeriod,
    timezone,
    startedAt: timestamp,
    endsAt: timestamp.nullable().describe('When it is planned to end; null if no end is planned'),
  })
  .meta({ id: 'CampaignOffer' });
export type CampaignOffer = z.infer<typeof campaignOfferOutput>;

export const currentCampaignInput = z
  .strictObject({
    code: enteredReferralCode
      .optional()
      .describe(
        'A referral code: the campaign that applies to its referrer; by default the one for everyone',
      ),
  })
  .prefault({});

export const referralCodeInput = z.strictObject({ code: enteredReferralCode });
export const referralCodeOutput = z
  .object({
    code: z.string(),
    referrer: z.object({
      username: z.string(),
      displayName: z.string().nullable(),
      avatarUrl: z.string().nullable(),
    }),
    campaign: campaignOfferOutput
      .nullable()
      .describe('What both sides get if someone signs up with the code now; null while no campaign applies'),
  })
  .meta({ id: 'ReferralCodeOwner' });
