import { z } from 'zod';
import { isEmailAddress } from '../../core/text/email-address.ts';
import { countCodePoints, timestamp } from '../../core/text/validation.ts';

/** An email address, trimmed, spelt as given; compare it with `lower()` in the database. */
export const emailAddress = z
  .string()
  .trim()
  .max(254, { error: 'Must have at most 254 characters', abort: true })
  .refine((text) => isEmailAddress(text), {
    error: 'Must be an email address, such as ada@example.com',
  })
  .meta({ format: 'email', example: 'ada@example.com' });

const USERNAME = /^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){2,29}$/;

/** The shape of a username; reserved names are the service's to refuse. */
export const username = z
  .string()
  .trim()
  .refine((text) => USERNAME.test(text), {
    error: 'Must have 3 to 30 letters a-z, digits and single . _ - between them',
  })
  .meta({ pattern: '^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){2,29}$', example: 'ada' });

/** A password to be set: 8 to 128 code points. Its strength is the service's to judge. */
export const newPassword = z
  .string()
  .max(512, { error: 'Must have at most 128 characters' })
  .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'Must be text without NUL' })
  .refine((text) => countCodePoints(text.normalize('NFC')) >= 8, { error: 'Must have at least 8 characters' })
  .refine((text) => countCodePoints(text.normalize('NFC')) <= 128, {
    error: 'Must have at most 128 characters',
  })
  .meta({ minLength: 8, maxLength: 128, format: 'password', example: 'correct-horse-battery' });

/** A password to be checked: whatever could have been set. */
export const enteredPassword = z
  .string()
  .min(1, { error: 'Must not be empty' })
  .max(512, { error: 'Must have at most 128 characters' })
  .refine((text) => text.isWellFormed(), { error: 'Must be text' })
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
