import type { TRPCRouterRecord } from '@trpc/server';
import { limitAccountCalls } from '../../../trpc/limit.ts';
import { memberProcedure } from '../../../trpc/init.ts';
import {
  deliveryListOutput,
  listDeliveriesInput,
  recoverDeliveriesInput,
  recoveryOutput,
  replayDeliveryInput,
  sendTestEventInput,
  startedDeliveryOutput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Webhooks'] };

export const deliveriesRouter = {
  listDeliveries: memberProcedure('webhooks:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/webhooks/{id}/deliveries',
        summary: 'List deliveries, newest first',
        description: 'Deliveries are kept for 30 days.',
      },
    })
    .input(listDeliveriesInput)
    .output(deliveryListOutput)
    .query(({ ctx, input }) => service.listDeliveries(ctx, input)),

  replay: memberProcedure('webhooks:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/webhooks/{id}/deliveries/{deliveryId}/replay',
        summary: 'Repeat a delivery',
        description: 'The event has the same `webhook-id` and body as before.',
        success: 202,
        errors: ['CONFLICT'],
      },
    })
    .input(replayDeliveryInput)
    .use(limitAccountCalls('webhookCallsAccount'))
    .output(startedDeliveryOutput)
    .mutation(({ ctx, input }) => service.replayDelivery(ctx, input)),

  recover: memberProcedure('webhooks:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/webhooks/{id}/recover',
        summary: 'Deliver everything that was missed since a time',
        description: 'Repeats failed deliveries, and delivers events from the time the webhook was disabled.',
        success: 202,
        errors: ['CONFLICT'],
      },
    })
    .input(recoverDeliveriesInput)
    .use(limitAccountCalls('webhookCallsAccount'))
    .output(recoveryOutput)
    .mutation(({ ctx, input }) => service.recoverDeliveries(ctx, input)),

  test: memberProcedure('webhooks:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/webhooks/{id}/test',
        summary: 'Send a test event',
        description: 'Sends the example of a type to this webhook only.',
        success: 202,
        errors: ['WEBHOOK_URL_REFUSED', 'CONFLICT'],
      },
    })
    .input(sendTestEventInput)
    .use(limitAccountCalls('webhookCallsAccount'))
    .output(startedDeliveryOutput)
    .mutation(({ ctx, input }) => service.sendTestEvent(ctx, input)),
} satisfies TRPCRouterRecord;
