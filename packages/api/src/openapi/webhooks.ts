import type { ZodOpenApiPathItemObject, ZodOpenApiPathsObject } from 'zod-openapi';
import {
  createEventBodySchema,
  createExampleBody,
  EVENT_TYPES,
  EVENTS,
  type EventType,
} from '../features/events/schema.ts';

const SIGNATURE_HEADERS = {
  'webhook-id': 'Names the event; the same at every attempt',
  'webhook-timestamp': 'When the attempt was made, in seconds since 1970',
  'webhook-signature': '`v1,` and the Base64 of an HMAC-SHA256; a list during the rotation of a secret',
};

const parameters = Object.entries(SIGNATURE_HEADERS).map(([name, description]) => ({
  name,
  in: 'header' as const,
  description,
  required: true,
  schema: { type: 'string' as const },
}));

/** `page.updated` is `PageUpdatedEvent`. */
const nameEventSchema = (type: EventType): string =>
  `${type.replace(/(?:^|\.)(\w)/g, (_match, letter: string) => letter.toUpperCase())}Event`;

/** The requests that we send, in the form that OpenAPI has for them. */
const buildWebhookItem = (type: EventType): ZodOpenApiPathItemObject => ({
  post: {
    operationId: type,
    tags: ['Webhooks'],
    summary: EVENTS[type].description.split(/[.;] /)[0]?.replace(/\.$/, '') ?? type,
    description: EVENTS[type].description,
    security: [],
    parameters,
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: createEventBodySchema(type).meta({ id: nameEventSchema(type) }),
          example: createExampleBody(type),
        },
      },
    },
    responses: {
      '2XX': { description: 'Received' },
      '410': { description: 'Unsubscribes: the webhook is disabled' },
      default: { description: 'Failed: tried again later' },
    },
  },
});

export const buildWebhooks = (): ZodOpenApiPathsObject =>
  Object.fromEntries(EVENT_TYPES.map((type) => [type, buildWebhookItem(type)]));
