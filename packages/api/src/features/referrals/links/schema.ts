import { z } from 'zod';
import { paginatedOutput, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';

/** The shape of a referral code. */
export const REFERRAL_CODE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{2,31}$/;

const code = z.string().trim().regex(REFERRAL_CODE_PATTERN, {
  error: 'Must have 3 to 32 letters a-z, digits, - and _, and begin with a letter or a digit',
});
// Beyond it, a time has no spelling that others read.
const LAST_MOMENT = Date.UTC(9999, 11, 31);
const expiresAt = z.iso
  .datetime({ offset: true, error: 'Must be a time such as 2027-01-31T12:00:00Z' })
  .refine((text) => Date.parse(text) > Date.now() && Date.parse(text) < LAST_MOMENT, {
    error: 'Must be in the future, before the year 10000',
  })
  .nullable();
const maxUses = z.number().int().min(1).max(1_000_000_000).nullable();

const members = {
  label: singleLineSchema(1, 80).nullable().optional(),
  expiresAt: expiresAt.optional().describe('From then on the code admits nobody'),
  maxUses: maxUses.optional().describe('How many sign-ups the code admits'),
  enabled: z.boolean().optional(),
};
export const createReferralLinkInput = z.strictObject({
  ...members,
  code: code.optional().describe('Made up if it is not given'),
});
export const updateReferralLinkInput = z.strictObject({
  id: z.uuid(),
  ...members,
  code: code.optional().describe('The code before goes on to lead to this link'),
});
export const deleteReferralLinkInput = z.strictObject({ id: z.uuid() });
export const listReferralLinksInput = z.strictObject(paginationInput);

const count = z.number().int();
export const referralLinkOutput = z
  .object({
    id: z.uuid(),
    code: z.string(),
    url: z.url().describe('Counts the visit and leads to the sign-up'),
    label: z.string().nullable(),
    enabled: z.boolean(),
    expiresAt: timestamp.nullable(),
    maxUses: count.nullable(),
    visits: count,
    signups: count,
    successful: count,
    createdAt: timestamp,
  })
  .meta({ id: 'ReferralLink' });
export type ReferralLink = z.infer<typeof referralLinkOutput>;
export const referralLinkListOutput = paginatedOutput(referralLinkOutput);

export const referralCodeInput = z.strictObject({ code: singleLineSchema(1, 64) });
export const referralCodeOutput = z.object({
  code: z.string(),
  referrer: z.object({
    username: z.string(),
    displayName: z.string().nullable(),
    avatarUrl: z.string().nullable(),
  }),
});
