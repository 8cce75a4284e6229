import { z } from 'zod';
import { defineTopic } from '../outbox/schema.ts';

/** To whom; by the account's id a mail that waits is found when the account is deleted. Earlier messages lack it. */
const recipient = { to: z.string(), username: z.string(), userId: z.string().optional() };
const mailOf = <T extends string>(template: T) => z.object({ template: z.literal(template), ...recipient });
const withToken = { tokenId: z.string() };
const withUserId = { userId: z.string() };

/** Every mail we send, with what its template needs; a token is made from its id when the mail is sent. */
export const mailPayload = z.discriminatedUnion('template', [
  mailOf('verify-email').extend(withToken),
  mailOf('change-email').extend(withToken),
  mailOf('reset-password').extend(withToken),
  mailOf('email-change-requested'),
  mailOf('email-changed'),
  mailOf('password-changed'),
  mailOf('referral-successful').extend({ ...withUserId, count: z.number() }),
  mailOf('milestone-reached').extend({ ...withUserId, referrals: z.number(), credits: z.number() }),
]);
export type Mail = z.infer<typeof mailPayload>;

/** For mail that someone waits for, such as a link to verify or to reset. */
export const sendMailTopic = defineTopic('mail.send', mailPayload, 'urgent');
/** For mail that nobody waits for, such as news to many. */
export const sendBulkMailTopic = defineTopic('mail.send-bulk', mailPayload, 'bulk');
