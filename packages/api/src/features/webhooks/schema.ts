import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { parseDuration } from '../../core/limits/budgets.ts';
import { nameSchema, timestamp } from '../../core/text/validation.ts';
import { EVENT_TYPES, eventType } from '../events/schema.ts';
import { MAX_ROTATION_OVERLAP_SECONDS } from './policy.ts';

export const ALL_EVENTS = '*';

const MAX_URL_LENGTH = 2_048;
const url = z
  .string()
  .max(MAX_URL_LENGTH, { error: `Must have at most ${MAX_URL_LENGTH} characters`, abort: true })
  .refine((text) => URL.canParse(text), { error: 'Enter a URL such as https://example.com/webhooks' })
  .describe('Must use https and have public addresses. It is checked again at every attempt.');

const events = z
  .array(z.enum([ALL_EVENTS, ...eventType.options]))
  .min(1)
  .max(EVENT_TYPES.length + 1)
  .transform((all) => (all.includes(ALL_EVENTS) ? [ALL_EVENTS] : [...new Set(all)]))
  .describe('Event types, or `["*"]` for all, including those that are added later');

const description = nameSchema(1, 200).nullable();
const logResponses = z.boolean().describe('Keep the first 1,024 bytes of each answer in the delivery log');

export const webhookIdInput = z.strictObject({ id: z.uuid() });
export const listWebhooksInput = z
  .strictObject({
    ...paginationInput,
    workspaceId: z.uuid().optional().describe('All workspaces whose webhooks you may see if omitted'),
  })
  .prefault({});
export const createWebhookInput = z
  .strictObject({
    workspaceId: z.uuid().optional().describe('The workspace of the key, or your personal one, if omitted'),
    url,
    events,
    description: description.optional(),
    enabled: z.boolean().default(true),
    logResponses: logResponses.default(false),
  })
  .meta({ id: 'CreateWebhookInput' });
export const updateWebhookInput = z
  .strictObject({
    id: z.uuid(),
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    enabled: z.boolean().optional().describe('Enabling resumes the deliveries that are open'),
    logResponses: logResponses.optional(),
  })
  .meta({ id: 'UpdateWebhookInput' });

/** In seconds; null if it is no duration. */
export const parseOverlap = (text: string): number | null =>
  /^0[smhd]$/.test(text) ? 0 : parseDuration(text);

const overlap = z
  .string()
  .refine((text) => (parseOverlap(text) ?? Infinity) <= MAX_ROTATION_OVERLAP_SECONDS, {
    error: 'Enter a duration of at most 7 days, such as 24h, 30m or 0s',
  });
export const rotateSecretInput = z
  .strictObject({
    id: z.uuid(),
    overlap: overlap
      .default('24h')
      .describe(
        'How long deliveries are signed with the old secret too, such as `24h`, or `0s` after a leak',
      ),
  })
  .meta({ id: 'RotateWebhookSecretInput' });

export const webhookOutput = z
  .object({
    id: z.uuid(),
    workspaceId: z.uuid(),
    url: z.string(),
    events: z.array(z.string()),
    description: z.string().nullable(),
    enabled: z.boolean(),
    disabledReason: z
      .enum(['gone', 'failing'])
      .nullable()
      .describe('`gone`: it answered 410. `failing`: it failed for five days.'),
    logResponses: z.boolean(),
    failingSince: timestamp.nullable().describe('Since when every attempt has failed'),
    previousSecretExpiresAt: timestamp.nullable(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof webhookOutput>;
export const webhookListOutput = createListOutputSchema(webhookOutput);

const secret = z.string().describe('`whsec_…`; it is not shown again');
export const createdWebhookOutput = webhookOutput.extend({ secret }).meta({ id: 'CreatedWebhook' });
export type CreatedWebhook = z.infer<typeof createdWebhookOutput>;
export const rotatedSecretOutput = z.object({ secret }).meta({ id: 'WebhookSecret' });

export const eventTypeListOutput = z
  .object({
    items: z.array(
      z
        .object({
          type: z.string(),
          description: z.string(),
          scope: z.string().describe('What an API key needs to receive it'),
          schema: z.record(z.string(), z.unknown()).describe('JSON Schema of the body'),
          exampleBody: z.record(z.string(), z.unknown()),
        })
        .meta({ id: 'EventType' }),
    ),
  })
  .meta({ id: 'EventTypeList' });
export type EventTypeList = z.infer<typeof eventTypeListOutput>;
