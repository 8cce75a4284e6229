import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { enteredTime, timestamp } from '../../../core/text/validation.ts';
import { eventType } from '../../events/schema.ts';

const status = z.enum(['pending', 'delivered', 'failed']);
export type DeliveryStatus = z.infer<typeof status>;

export const listDeliveriesInput = z.strictObject({
  ...paginationInput,
  id: z.uuid(),
  status: status.optional(),
});
export const replayDeliveryInput = z.strictObject({ id: z.uuid(), deliveryId: z.uuid() });
export const sendTestEventInput = z
  .strictObject({
    id: z.uuid(),
    type: eventType.describe('Sends the example of this type, also if the endpoint does not listen to it'),
  })
  .meta({ id: 'SendTestEventInput' });
export const recoverDeliveriesInput = z
  .strictObject({
    id: z.uuid(),
    since: enteredTime.describe('Events are kept for 30 days'),
  })
  .meta({ id: 'RecoverDeliveriesInput' });

export const deliveryOutput = z
  .object({
    id: z.uuid(),
    eventId: z.uuid().describe('The `webhook-id` of every attempt'),
    type: z.string(),
    status: status.describe('`pending`: more attempts follow'),
    attempts: z.array(
      z
        .object({
          at: timestamp,
          status: z.number().int().nullable().describe('HTTP status; null without an answer'),
          durationMs: z.number().int(),
          error: z.string().nullable(),
          response: z.string().optional().describe('The first 1,024 bytes, with `logResponses`'),
        })
        .meta({ id: 'WebhookAttempt' }),
    ),
    nextAttemptAt: timestamp.nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'WebhookDelivery' });
export type Delivery = z.infer<typeof deliveryOutput>;
export type DeliveryAttempt = Delivery['attempts'][number];
export const deliveryListOutput = createListOutputSchema(deliveryOutput);

export const startedDeliveryOutput = z.object({ deliveryId: z.uuid() }).meta({ id: 'StartedDelivery' });
export const recoveryOutput = z
  .object({
    deliveries: z
      .number()
      .int()
      .describe('How many were started; if there are very many, call it again when these are done'),
  })
  .meta({ id: 'Recovery' });
