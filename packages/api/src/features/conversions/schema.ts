import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { externalId } from '../campaigns/people/schema.ts';
import { webUrl } from '../campaigns/schema.ts';
import { enteredReferralCode } from '../referrals/links/schema.ts';
import { emailAddress } from '../users/schema.ts';
import { MAX_AMOUNT } from './policy.ts';

const workspaceId = z
  .uuid()
  .optional()
  .describe('The workspace of the key, or your personal one, if omitted');

// ISO 4217, as far as the runtime knows it.
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
export const currency = z
  .string()
  .trim()
  .toUpperCase()
  .refine((text) => CURRENCIES.has(text), { error: 'Enter a currency (ISO 4217) such as EUR' })
  .meta({ minLength: 3, maxLength: 3, example: 'EUR' });

export const amount = z
  .number()
  .min(0)
  .max(MAX_AMOUNT)
  .int()
  .describe('In minor units of the currency: 1999 is 19.99 EUR, and 1,999 JPY. 0 earns nothing.');

export const trackClickInput = z
  .strictObject({
    workspaceId,
    referralCode: enteredReferralCode,
    url: webUrl.optional().describe('The page of your product that was opened'),
  })
  .meta({ id: 'TrackClickInput' });
export const clickOutput = z
  .object({ clickId: z.uuid().describe('Keep it with the visitor and send it with the lead or sale') })
  .meta({ id: 'TrackedClick' });

const MAX_CLICK_ID_LENGTH = 255;
const eventName = singleLineSchema(1, 255);
const event = {
  workspaceId,
  externalId: externalId.describe('ID of the customer in your product'),
  clickId: z
    .string()
    .max(MAX_CLICK_ID_LENGTH)
    .optional()
    .describe('`lg_click` of the visit; ignored if it is unknown or too old'),
  referralCode: enteredReferralCode
    .optional()
    .describe('Entered by the customer; takes precedence over `clickId`'),
  email: emailAddress
    .optional()
    .describe('Compared with the address of the referrer, against self-referral, and not stored'),
};
export const trackLeadInput = z
  .strictObject({ ...event, eventName: eventName.default('lead').describe('Unique per customer') })
  .meta({ id: 'TrackLeadInput' });
export const trackSaleInput = z
  .strictObject({
    ...event,
    eventName: eventName
      .default('sale')
      .describe('Unique per customer, such as the number of the order or invoice'),
    amount,
    currency,
  })
  .meta({ id: 'TrackSaleInput' });
export const trackRefundInput = z
  .strictObject({
    workspaceId,
    externalId: event.externalId,
    eventName: eventName.default('sale').describe('Of the sale'),
  })
  .meta({ id: 'TrackRefundInput' });

export const conversionOutput = z
  .object({
    id: z.uuid(),
    workspaceId: z.uuid(),
    type: z.enum(['lead', 'sale']),
    externalId: z.string(),
    eventName: z.string(),
    amount: z.number().int().nullable().describe('In minor units; null for a lead'),
    currency: z.string().nullable(),
    referralId: z.uuid().nullable().describe('Null if nobody referred the customer'),
    createdAt: timestamp,
  })
  .meta({ id: 'Conversion' });
export type Conversion = z.infer<typeof conversionOutput>;
export const refundableConversion = conversionOutput
  .extend({ refundedAt: timestamp.nullable() })
  .meta({ id: 'RefundableConversion' });
export type RefundableConversion = z.infer<typeof refundableConversion>;

export const listConversionsInput = z.strictObject({
  id: z.uuid(),
  ...paginationInput,
  externalId: externalId.optional().describe('Only those of this customer'),
  type: z.enum(['lead', 'sale']).optional(),
});
export const conversionListOutput = createListOutputSchema(refundableConversion);
