import {
  buildEventJsonSchema,
  createExampleBody,
  EVENTS,
  type EventType,
} from '../../features/events/schema.ts';
import type { Webhook } from '../../features/webhooks/schema.ts';
import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

const events: EventType[] = ['page.published', 'page.updated'];

export const webhook: Webhook = {
  id: IDS.webhook,
  workspaceId: IDS.user,
  url: 'https://example.com/webhooks',
  events,
  description: 'Rebuilds the website',
  enabled: true,
  disabledReason: null,
  logResponses: false,
  failingSince: null,
  previousSecretExpiresAt: null,
  createdAt: '2026-11-22T12:45:00.000Z',
  updatedAt: '2026-11-22T12:45:00.000Z',
};
const { url, description } = webhook;
const secret = `whsec_${'A'.repeat(43)}=`;
const started = { deliveryId: IDS.delivery };
const delivery = {
  id: IDS.delivery,
  eventId: IDS.event,
  type: 'page.updated',
  status: 'delivered' as const,
  attempts: [{ at: '2026-11-22T12:50:00.000Z', status: 204, durationMs: 84, error: null }],
  nextAttemptAt: null,
  createdAt: '2026-11-22T12:50:00.000Z',
};

export const webhooks: RouterExamples<'webhooks'> = {
  list: { answer: { items: [webhook], nextCursor: null } },
  create: { body: { url, events, description }, answer: { ...webhook, secret } },
  get: { answer: webhook },
  update: { body: { events: ['*'] }, answer: { ...webhook, events: ['*'] } },
  delete: {},
  rotateSecret: { body: { overlap: '24h' }, answer: { secret } },
  listDeliveries: { answer: { items: [delivery], nextCursor: null } },
  replay: { answer: started },
  recover: { body: { since: '2026-11-22T12:00:00.000Z' }, answer: { deliveries: 3 } },
  test: { body: { type: 'page.updated' }, answer: started },
  listEventTypes: {
    answer: {
      items: [
        {
          type: 'page.published',
          description: EVENTS['page.published'].description,
          scope: 'pages:read',
          schema: buildEventJsonSchema('page.published'),
          exampleBody: createExampleBody('page.published'),
        },
      ],
    },
  },
};
