import { z } from 'zod';
import { referrerOutput } from '../../campaigns/referrers/schema.ts';
import { MAX_EMBED_SECONDS } from '../policy.ts';
import { timestamp } from '../../../core/text/validation.ts';
import { referralStatus } from '../../referrals/schema.ts';
import { campaignRewardOutput } from '../rewards/schema.ts';

export const createEmbedTokenInput = z
  .strictObject({
    id: z.uuid(),
    referrerId: z.uuid(),
    expiresIn: z
      .number()
      .int()
      .min(60)
      .max(MAX_EMBED_SECONDS)
      .default(MAX_EMBED_SECONDS)
      .describe('In seconds'),
  })
  .meta({ id: 'CreateEmbedTokenInput' });
export const embedTokenOutput = z
  .object({ token: z.string().describe('For `GET /api/embed/me`'), expiresAt: timestamp })
  .meta({ id: 'EmbedToken' });
export type EmbedToken = z.infer<typeof embedTokenOutput>;

const { id, externalId, name, code, url, clicks, referrals, successful, rewards } = referrerOutput.shape;
export const embedOutput = z
  .object({
    campaign: z.object({ id: z.uuid(), name: z.string() }).meta({ id: 'EmbeddedCampaign' }),
    referrer: z
      .object({ id, externalId, name, code, url, clicks, referrals, successful, rewards })
      .meta({ id: 'EmbeddedReferrer' }),
    referrals: z
      .array(
        z
          .object({
            id: z.uuid(),
            status: referralStatus,
            dateReferred: timestamp,
            qualifiedAt: timestamp.nullable(),
          })
          .meta({ id: 'EmbeddedReferral' }),
      )
      .describe('The newest ones. They do not tell who the customer is.'),
    rewards: z
      .array(
        campaignRewardOutput
          .pick({ id: true, amount: true, currency: true, state: true, dueAt: true, createdAt: true })
          .meta({ id: 'EmbeddedReward' }),
      )
      .describe('The newest ones'),
  })
  .meta({ id: 'Embed' });
export type Embed = z.infer<typeof embedOutput>;
