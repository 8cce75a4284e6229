import { z } from 'zod';
import { isEmailAddress } from '../../core/text/email-address.ts';
import { countCodePoints, timestamp } from '../../core/text/validation.ts';

/** An email address, trimmed, in the case that was entered. Compare it with `lower()` in the database. */
export const emailAddress = z
  .string()
  .trim()
  .max(254, { error: 'Use at most 254 characters', abort: true })
  .refine((text) => isEmailAddress(text), {
    error: ({ input }) =>
      input === '' ? 'Enter your email' : 'Enter an email address such as ada@example.com',
  })
  .meta({ format: 'email', example: 'ada@example.com' });

const USERNAME = /^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){2,29}$/;

/** The format of a username. The service refuses reserved names. */
export const username = z
  .string()
  .trim()
  .refine((text) => USERNAME.test(text), {
    error: 'Use 3–30 letters or digits; single . _ - allowed inside',
  })
  .meta({ pattern: '^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){2,29}$', example: 'ada' });

/** A password to set: 8 to 128 code points. The service checks its strength. */
export const newPassword = z
  .string()
  .max(512, { error: 'Use at most 128 characters' })
  .refine((text) => text.isWellFormed() && !text.includes('\0'), {
    error: 'Use valid text without NUL characters',
  })
  .refine((text) => countCodePoints(text.normalize('NFC')) >= 8, { error: 'Use at least 8 characters' })
  .refine((text) => countCodePoints(text.normalize('NFC')) <= 128, {
    error: 'Use at most 128 characters',
  })
  .meta({ minLength: 8, maxLength: 128, format: 'password', example: 'correct-horse-battery' });

/** A password to check: accepts every password that can be set. */
export const enteredPassword = z
  .string()
  .min(1, { error: 'Enter your password' })
  .max(512, { error: 'Use at most 128 characters' })
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
    referralUrl: z.url(),
    referredBy: z.string().nullable().describe("The referrer's username"),
    role: z.enum(['user', 'admin']),
    createdAt: timestamp,
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof userOutput>;
