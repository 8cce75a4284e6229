import { z } from 'zod';
import { defineTopic } from '../outbox/schema.ts';

/** `proven`: the user has verified the address. `counted`: it is in the budget already. Older messages lack both. */
const recipient = {
  to: z.string(),
  username: z.string(),
  userId: z.string().optional(),
  proven: z.boolean().optional(),
  counted: z.boolean().optional(),
};
const mailOf = <T extends string>(template: T) => z.object({ template: z.literal(template), ...recipient });
const withToken = { tokenId: z.string() };
const withUserId = { userId: z.string() };
/** `start` is the beginning of the key; its name is somebody's words. */
const ofKey = { start: z.string() };
const withOrigin = { at: z.string().optional(), country: z.string().optional() };

/** `note` is an administrator's words. */
const ofPage = { userId: z.string(), handle: z.string(), reason: z.string(), note: z.string().nullable() };

/** A token is derived from its ID when the mail is sent. */
export const mailPayload = z.discriminatedUnion('template', [
  mailOf('verify-email').extend({ ...withToken, ...withOrigin }),
  mailOf('change-email').extend({ ...withToken, ...withOrigin }),
  mailOf('reset-password').extend(withToken),
  mailOf('account-invitation').extend(withToken),
  mailOf('login-link').extend(withToken),
  mailOf('new-device').extend({ ...withToken, ...withOrigin, browser: z.string().optional() }),
  mailOf('workspace-invitation').extend({ ...withToken, role: z.string() }),
  mailOf('form-confirmation').extend(withToken),
  mailOf('email-change-requested'),
  mailOf('email-changed').extend({ tokenId: z.string().optional() }),
  mailOf('username-changed'),
  mailOf('password-changed'),
  mailOf('sign-in-method-changed').extend({ method: z.string(), change: z.enum(['added', 'removed']) }),
  mailOf('totp-added'),
  mailOf('totp-removed'),
  mailOf('recovery-codes-replaced'),
  mailOf('recovery-code-used'),
  mailOf('account-suspended'),
  mailOf('account-restored'),
  mailOf('sessions-ended'),
  mailOf('made-administrator'),
  mailOf('administrator-removed'),
  mailOf('impersonated'),
  mailOf('key-created').extend(ofKey),
  mailOf('key-rotated').extend(ofKey),
  mailOf('key-revoked').extend(ofKey),
  mailOf('key-used-elsewhere').extend({ ...ofKey, country: z.string() }),
  mailOf('referral-successful').extend({
    ...withUserId,
    count: z.number(),
    isFirst: z.boolean().optional(),
    credits: z.number().optional(),
    pending: z.number().optional(),
  }),
  mailOf('referral-reward').extend({ ...withUserId, credits: z.number(), by: z.string() }),
  mailOf('redemption-fulfilled').extend({ ...withUserId, item: z.string(), note: z.string().nullable() }),
  mailOf('redemption-cancelled').extend({
    ...withUserId,
    item: z.string(),
    credits: z.number(),
    note: z.string(),
  }),
  mailOf('webhook-failing').extend({ ...withUserId, host: z.string() }),
  mailOf('webhook-disabled').extend({ ...withUserId, host: z.string(), reason: z.enum(['gone', 'failing']) }),
  mailOf('domain-failing').extend({ ...withUserId, host: z.string() }),
  mailOf('domain-released').extend({ ...withUserId, host: z.string() }),
  mailOf('page-taken-down').extend(ofPage),
  mailOf('page-restored').extend(ofPage),
  mailOf('appeal-upheld').extend(ofPage),
  mailOf('milestone-reached').extend({
    ...withUserId,
    referrals: z.number(),
    credits: z.number(),
    count: z.number().optional(),
  }),
  mailOf('premium-ended').extend(withUserId),
  mailOf('credits-taken-back').extend({
    ...withUserId,
    credits: z.number(),
    owed: z.number(),
    cause: z.enum(['refund', 'fraud', 'other', 'decision']),
    isNewcomer: z.boolean().optional(),
  }),
]);
export type Mail = z.infer<typeof mailPayload>;
export type SignInMethodMail = Extract<Mail, { template: 'sign-in-method-changed' }>;
export type KeyMail = Extract<Mail, { start: string }>;
export type SecurityMail = Extract<
  Mail,
  {
    template:
      | 'email-change-requested'
      | 'email-changed'
      | 'username-changed'
      | 'password-changed'
      | 'totp-added'
      | 'totp-removed'
      | 'recovery-codes-replaced'
      | 'recovery-code-used'
      | 'account-suspended'
      | 'account-restored'
      | 'sessions-ended'
      | 'made-administrator'
      | 'administrator-removed'
      | 'impersonated';
  }
>;

export const sendMailTopic = defineTopic('mail.send', mailPayload, 'urgent');
export const sendBulkMailTopic = defineTopic('mail.send-bulk', mailPayload, 'bulk');
