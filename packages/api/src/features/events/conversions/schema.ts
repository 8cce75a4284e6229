import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

const ID = '01979e8f-5a2b-7c31-9d4e-8f1a2b3c4d5e';
const OTHER_ID = '01979e90-1c4d-7e52-8a6f-7b8c9d0e1f2a';
const TIME = '2026-11-22T12:00:00.000Z';

export const campaignReferrer = z.object({
  id: z.uuid(),
  externalId: z.string().describe('The referrer in your product'),
  code: z.string(),
});
const exampleReferrer = { id: OTHER_ID, externalId: 'user-17', code: 'grace10' };

const conversion = {
  id: z.uuid(),
  workspaceId: z.uuid(),
  externalId: z.string().describe('The customer in your product'),
  eventName: z.string(),
  referralId: z.uuid().nullable().describe('Null if nobody referred the customer'),
  campaignId: z.uuid().nullable(),
  referrer: campaignReferrer.nullable(),
  createdAt: timestamp,
};
export const lead = z.object(conversion);
export const sale = z.object({
  ...conversion,
  amount: z.number().int().describe('In minor units of `currency`'),
  currency: z.string(),
  refundedAt: timestamp.nullable(),
});
export const exampleLead = {
  id: ID,
  workspaceId: OTHER_ID,
  externalId: 'user-42',
  eventName: 'lead',
  referralId: OTHER_ID,
  campaignId: OTHER_ID,
  referrer: exampleReferrer,
  createdAt: TIME,
};
export const exampleSale = {
  ...exampleLead,
  eventName: 'order-1001',
  amount: 4900,
  currency: 'EUR',
  refundedAt: null,
};
