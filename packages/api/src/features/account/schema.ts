import { z } from 'zod';
import { email, givenPassword, line, newPassword, timestamp, username } from '../../core/validation.ts';
import { user } from '../auth/user/schema.ts';
import { session } from '../auth/session/schema.ts';
import { pagesExport } from '../pages/transfer/schema.ts';
import { referral } from '../referrals/schema.ts';
import { creditEntry } from '../rewards/schema.ts';
import { securityEvent } from '../security-events/schema.ts';

export const updateInput = z.strictObject({
  username: username.optional().describe('Can be changed once in 14 days'),
  displayName: line(1, 80).nullable().optional(),
  leaderboard: z.boolean().optional().describe('Whether to be seen on the leaderboard of referrals'),
  referralMail: z.boolean().optional().describe('Whether to be told by mail of referrals and milestones'),
});
export const changePasswordInput = z.strictObject({ currentPassword: givenPassword, newPassword });
export const changeEmailInput = z.strictObject({ email, password: givenPassword });
/** The token of a mail's link is longer than the tokens that stand in the database. */
export const unsubscribeInput = z.strictObject({ token: line(1, 200) });
export const deleteInput = z.strictObject({ password: givenPassword });

export const accountExport = z.object({
  exportedAt: timestamp,
  user,
  preferences: z.object({ leaderboard: z.boolean(), referralMail: z.boolean() }),
  premiumUntil: timestamp.nullable(),
  sessions: z.array(session),
  referralLinks: z.array(
    z.object({
      id: z.uuid(),
      code: z.string(),
      label: z.string().nullable(),
      visits: z.number().int(),
      signups: z.number().int(),
      successful: z.number().int(),
    }),
  ),
  referrals: z.array(referral),
  credits: z.array(creditEntry),
  securityEvents: z.array(securityEvent),
  ...pagesExport.shape,
});
export type AccountExport = z.infer<typeof accountExport>;
