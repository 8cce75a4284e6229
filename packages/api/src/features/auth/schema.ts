import { z } from 'zod';
import { mailedToken, emptyInput } from '../../core/text/validation.ts';
import { defineTopic } from '../outbox/schema.ts';
import { enteredReferralCode } from '../referrals/links/schema.ts';
import {
  accountIdentifier,
  emailAddress,
  enteredPassword,
  newPassword,
  username,
  userOutput,
} from '../users/schema.ts';

export const registerInput = z
  .strictObject({
    email: emailAddress,
    username,
    password: newPassword,
    referralCode: enteredReferralCode
      .nullish()
      .transform((code) => code || undefined)
      .describe('A referral code or a whole referral link; empty or null for none'),
  })
  .meta({ id: 'RegisterInput' });

export const loginInput = z
  .strictObject({
    identifier: accountIdentifier.describe('Email address or username'),
    password: enteredPassword,
  })
  .meta({ id: 'LoginInput' });

export const signedInOutput = z
  .object({
    user: userOutput,
    accessToken: z.string(),
    tokenType: z.literal('Bearer'),
    expiresIn: z.number().int().describe('Seconds until the access token expires'),
  })
  .meta({ id: 'SignedIn' });

export const verifyEmailInput = z.strictObject({ token: mailedToken }).meta({ id: 'MailedTokenInput' });
export const forgotPasswordInput = z
  .strictObject({ email: emailAddress })
  .meta({ id: 'ForgotPasswordInput' });
export const resetPasswordInput = z
  .strictObject({ token: mailedToken, password: newPassword })
  .meta({ id: 'ResetPasswordInput' });

export const verifiedEmailOutput = z.object({ user: userOutput }).meta({ id: 'VerifiedEmail' });
export const noInput = emptyInput.optional();

/** The worker looks up whether anyone has the address. */
export const passwordResetRequestedTopic = defineTopic(
  'auth.password-reset-requested',
  z.object({
    email: z.string(),
    origin: z.object({
      requestId: z.string(),
      ip: z.string(),
      userAgent: z.string().nullable(),
      /** Keyed hash in hexadecimal. Messages of older versions lack it. */
      deviceHash: z.string().default(''),
    }),
  }),
);
