import { z } from 'zod';
import { defineView } from '../view/content.ts';

export const referralView = defineView<'referral'>()({
  data: z.object({
    message: z.string().nullable(),
    referrer: z.string().describe('How the one is called who is credited'),
    offer: z
      .object({ referrerCredits: z.number().int(), referredCredits: z.number().int() })
      .meta({ id: 'ReferralOffer' })
      .nullable()
      .describe('What each side gets under the running campaign; null if it promises nothing'),
  }),
  toData: ({ data: { message, code } }, { findReferral }) => {
    const found = findReferral(code);
    return found ? { message, referrer: found.referrer, offer: found.offer } : null;
  },
  findTarget: ({ data }, index, { findReferral }) =>
    index === undefined ? (findReferral(data.code)?.url ?? null) : null,
});
