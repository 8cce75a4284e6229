import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { emptyInput } from '../../core/text/validation.ts';
import { idempotent } from '../../trpc/idempotency.ts';
import { memberProcedure, publicProcedure } from '../../trpc/init.ts';
import {
  createdWebhookOutput,
  createWebhookInput,
  eventTypeListOutput,
  listWebhooksInput,
  rotatedSecretOutput,
  rotateSecretInput,
  updateWebhookInput,
  webhookIdInput,
  webhookListOutput,
  webhookOutput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Webhooks'] };

export const webhooksRouter = {
  list: memberProcedure('webhooks:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/webhooks',
        summary: 'List webhooks',
        description: 'Oldest first, without their secrets.',
      },
    })
    .input(listWebhooksInput)
    .output(webhookListOutput)
    .query(({ ctx, input }) => service.listWebhooks(ctx, input)),

  create: memberProcedure('webhooks:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/webhooks',
        summary: 'Create a webhook',
        description: 'The only answer with the secret that signs its deliveries.',
        success: 201,
        errors: ['WEBHOOK_URL_REFUSED', 'LIMIT_REACHED'],
      },
    })
    .input(createWebhookInput)
    // Asks DNS, so it precedes the transaction.
    .use(async ({ ctx, input, next }) => {
      service.requireEventScopes(ctx, input.events);
      await service.requireDeliverableUrl(ctx, input.url);
      return next();
    })
    .concat(idempotent)
    .output(createdWebhookOutput)
    .mutation(({ ctx, input }) => service.createWebhook(ctx, input)),

  get: memberProcedure('webhooks:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/webhooks/{id}',
        summary: 'Get a webhook',
        description: 'With what is known about its health, but without its secret.',
      },
    })
    .input(webhookIdInput)
    .output(webhookOutput)
    .query(({ ctx, input }) => service.getWebhook(ctx, input)),

  update: memberProcedure('webhooks:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/webhooks/{id}',
        summary: 'Change, enable or disable a webhook',
        description:
          'A new URL is checked at once. Events of the time when it was disabled wait for `webhooks.recover`.',
        errors: ['WEBHOOK_URL_REFUSED'],
      },
    })
    .input(updateWebhookInput)
    .output(webhookOutput)
    .mutation(({ ctx, input }) => service.updateWebhook(ctx, input)),

  delete: memberProcedure('webhooks:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/webhooks/{id}',
        summary: 'Delete a webhook and its delivery log',
        description: 'Deliveries that are open are not made any more.',
        success: 204,
      },
    })
    .input(webhookIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.deleteWebhook(ctx, input)),

  rotateSecret: memberProcedure('webhooks:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/webhooks/{id}/rotate-secret',
        summary: 'Replace the secret',
        description: 'Deliveries are signed with both secrets during the overlap.',
      },
    })
    .input(rotateSecretInput)
    .output(rotatedSecretOutput)
    .mutation(({ ctx, input }) => service.rotateWebhookSecret(ctx, input)),

  listEventTypes: publicProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/event-types',
        summary: 'List the types of events',
        description: 'With a JSON Schema and an example of each body.',
      },
    })
    .input(emptyInput.optional())
    .output(eventTypeListOutput)
    .query(() => service.listEventTypes()),
} satisfies TRPCRouterRecord;
