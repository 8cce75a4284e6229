import { z } from 'zod';
import { enteredReferralCode } from '../links/schema.ts';

export const UTM_PARAMETERS = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
] as const;
export type UtmParameters = Partial<Record<(typeof UTM_PARAMETERS)[number], string>>;

const MAX_GIVEN_UTM_LENGTH = 1_000;

export const recordVisitInput = z
  .strictObject({
    code: enteredReferralCode,
    utm: z
      .partialRecord(z.enum(UTM_PARAMETERS), z.string().max(MAX_GIVEN_UTM_LENGTH))
      .optional()
      .describe('The `utm_` parameters of the opened URL; stored as for `/r/{code}`'),
  })
  .meta({ id: 'RecordVisitInput' });
