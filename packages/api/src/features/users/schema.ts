import { z } from 'zod';
import { isEmailAddress } from '../../core/text/email-address.ts';
import { toAsciiEmail } from '../../core/text/internationalized-email.ts';
import { countCodePoints, singleLineSchema, timestamp } from '../../core/text/validation.ts';

/** Keeps the case that was entered: compare with `lower()`. The domain is in ASCII. */
export const emailAddress = z
  .string()
  .trim()
  .max(254, { error: 'Use at most 254 characters', abort: true })
  .overwrite(toAsciiEmail)
  .refine((text) => isEmailAddress(text), {
    error: ({ input }) =>
      input === '' ? 'Enter your email' : 'Enter an email address such as ada@example.com',
  })
  .meta({ format: 'email', example: 'ada@example.com' });

export const accountIdentifier = z
  .string()
  .refine((text) => text.trim() !== '', { error: 'Enter your email or username', abort: true })
  .pipe(singleLineSchema(1, 254))
  .overwrite(toAsciiEmail)
  .meta({ minLength: 1, maxLength: 254, example: 'ada' });

const USERNAME = /^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){2,29}$/;

const USERNAME_MESSAGE = 'Use 3–30 letters or digits; single . _ - allowed inside';

export const username = z
  .string()
  .max(200, { error: USERNAME_MESSAGE, abort: true })
  .trim()
  .refine((text) => USERNAME.test(text), {
    error: USERNAME_MESSAGE,
  })
  .meta({
    minLength: 3,
    maxLength: 30,
    pattern: '^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){2,29}$',
    example: 'ada',
  });

/** 8 to 128 code points. The service checks the strength. */
export const newPassword = z
  .string()
  .max(512, { error: 'Use at most 128 characters', abort: true })
  .refine((text) => text.isWellFormed() && !text.includes('\0'), {
    error: 'Use valid text without NUL characters',
  })
  .refine((text) => countCodePoints(text.normalize('NFC')) >= 8, { error: 'Use at least 8 characters' })
  .refine((text) => countCodePoints(text.normalize('NFC')) <= 128, {
    error: 'Use at most 128 characters',
  })
  .meta({ minLength: 8, maxLength: 128, format: 'password', example: 'correct-horse-battery' });

export const enteredPassword = z
  .string()
  .min(1, { error: 'Enter your password' })
  .max(512, { error: 'Use at most 128 characters', abort: true })
  .refine((text) => text.isWellFormed(), { error: 'Use valid text' })
  .meta({ format: 'password', example: 'correct-horse-battery' });

export const userOutput = z
  .object({
    id: z.uuid(),
    email: z.string(),
    username: z.string(),
    displayName: z.string().nullable(),
    emailVerified: z.boolean(),
    referralCode: z.string(),
    referralUrl: z
      .url()
      .describe(
        'The sign-up page with `referralCode`; `url` of a referral link counts visits without its help',
      ),
    referredBy: z.string().nullable().describe("The referrer's username"),
    role: z.enum(['user', 'admin']),
    mfa: z
      .object({
        totp: z.boolean().describe('Whether signing in with the password needs a code'),
        recoveryCodes: z.number().int().describe('How many are left'),
        passkeys: z.number().int(),
      })
      .meta({ id: 'MfaState' }),
    premiumUntil: timestamp
      .nullable()
      .describe('The end of premium, also after it; null if you never had it'),
    createdAt: timestamp,
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof userOutput>;

export type Plan = 'free' | 'premium';
