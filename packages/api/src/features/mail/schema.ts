import { z } from 'zod';
import { defineTopic } from '../outbox/schema.ts';

/** Every mail we send, with what its template needs; a token is made from its id when the mail is sent. */
export const mail = z.discriminatedUnion('template', [
  z.object({
    template: z.literal('verify-email'),
    to: z.string(),
    username: z.string(),
    tokenId: z.string(),
  }),
  z.object({
    template: z.literal('change-email'),
    to: z.string(),
    username: z.string(),
    tokenId: z.string(),
  }),
  z.object({ template: z.literal('email-change-requested'), to: z.string(), username: z.string() }),
  z.object({ template: z.literal('email-changed'), to: z.string(), username: z.string() }),
  z.object({ template: z.literal('password-changed'), to: z.string(), username: z.string() }),
  z.object({
    template: z.literal('reset-password'),
    to: z.string(),
    username: z.string(),
    tokenId: z.string(),
  }),
  z.object({
    template: z.literal('referral-successful'),
    to: z.string(),
    username: z.string(),
    userId: z.string(),
    count: z.number(),
  }),
  z.object({
    template: z.literal('milestone-reached'),
    to: z.string(),
    username: z.string(),
    userId: z.string(),
    referrals: z.number(),
    credits: z.number(),
  }),
]);
export type Mail = z.infer<typeof mail>;

/** For mail that someone waits for, such as a link to verify or to reset. */
export const sendMailTopic = defineTopic('mail.send', mail, 'urgent');
/** For mail that nobody waits for, such as news to many. */
export const sendBulkMailTopic = defineTopic('mail.send-bulk', mail, 'bulk');
