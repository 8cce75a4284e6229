import { z } from 'zod';
import { defineTopic } from '../outbox/schema.ts';

/** `userId` finds the waiting mails of an account that is deleted. Messages of older versions lack it. */
const recipient = { to: z.string(), username: z.string(), userId: z.string().optional() };
const mailOf = <T extends string>(template: T) => z.object({ template: z.literal(template), ...recipient });
const withToken = { tokenId: z.string() };
const withUserId = { userId: z.string() };

/** All mails, with the values of their templates. A token is derived from its ID when the mail is sent. */
export const mailPayload = z.discriminatedUnion('template', [
  mailOf('verify-email').extend(withToken),
  mailOf('change-email').extend(withToken),
  mailOf('reset-password').extend(withToken),
  mailOf('email-change-requested'),
  /** With a link that undoes the change, if the address was verified. */
  mailOf('email-changed').extend({ tokenId: z.string().optional() }),
  mailOf('username-changed'),
  mailOf('password-changed'),
  mailOf('referral-successful').extend({ ...withUserId, count: z.number() }),
  mailOf('milestone-reached').extend({ ...withUserId, referrals: z.number(), credits: z.number() }),
]);
export type Mail = z.infer<typeof mailPayload>;

/** Mail that a person is waiting for, such as a verification link. */
export const sendMailTopic = defineTopic('mail.send', mailPayload, 'urgent');
/** Mail that nobody is waiting for, such as referral digests. */
export const sendBulkMailTopic = defineTopic('mail.send-bulk', mailPayload, 'bulk');
