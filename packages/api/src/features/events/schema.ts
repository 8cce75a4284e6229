import { z } from 'zod';
import { ROLES, SCOPES } from '../../core/access.ts';
import { timestamp } from '../../core/text/validation.ts';
import { blockClicked } from './clicks/schema.ts';
import { DOMAIN_EVENTS } from './domains/schema.ts';
import { formSubmitted } from './forms/schema.ts';
import { campaignReferrer, exampleLead, exampleSale, lead, sale } from './conversions/schema.ts';

/** Every type that something publishes. A new one is added together with its publisher. */
export const EVENT_TYPES = [
  'user.created',
  'user.verified',
  'referral.created',
  'referral.successful',
  'referral.rejected',
  'referral.reversed',
  'reward.granted',
  'reward.reversed',
  'lead.created',
  'sale.created',
  'sale.refunded',
  'page.published',
  'page.updated',
  'page.unpublished',
  'page.deleted',
  'block.clicked',
  'domain.verified',
  'domain.failed',
  'form.submitted',
  'key.created',
  'key.revoked',
  'member.joined',
  'member.left',
] as const;
export const eventType = z.enum(EVENT_TYPES);
export type EventType = z.infer<typeof eventType>;

type EventDefinition<S extends z.ZodObject> = { description: string; data: S; example: z.infer<S> };

const defineEvent = <S extends z.ZodObject>(definition: EventDefinition<S>): EventDefinition<S> => definition;

const ID = '01979e8f-5a2b-7c31-9d4e-8f1a2b3c4d5e';
const OTHER_ID = '01979e90-1c4d-7e52-8a6f-7b8c9d0e1f2a';
const TIME = '2026-11-22T12:00:00.000Z';

const user = z.object({
  id: z.uuid(),
  username: z.string(),
  email: z.string(),
  createdAt: timestamp,
});
const exampleUser = { id: ID, username: 'ada', email: 'ada@example.com', createdAt: TIME };

const referral = z.object({
  id: z.uuid(),
  status: z.enum(['pending', 'review', 'successful', 'rejected']),
  username: z.string().nullable().describe('Of the referred user; null once the account is deleted'),
  dateReferred: timestamp,
  qualifiedAt: timestamp.nullable(),
  link: z.object({ id: z.uuid(), code: z.string(), label: z.string().nullable() }),
  source: z
    .enum(['link', 'page', 'qr'])
    .optional()
    .describe('Where the link was found, see `GET /api/referrals`; not for campaigns of the workspace'),
  page: z
    .object({ id: z.uuid(), handle: z.string() })
    .nullable()
    .optional()
    .describe('With the source `page`: which one; null once it is deleted or no longer of the referrer'),
  campaignId: z.uuid().optional().describe('With the members below only for campaigns of the workspace'),
  externalId: z.string().optional().describe('The customer in your product'),
  referrer: campaignReferrer.optional(),
});
const exampleReferral = {
  id: ID,
  status: 'pending' as const,
  username: 'bob',
  dateReferred: TIME,
  qualifiedAt: null,
  link: { id: OTHER_ID, code: 'ada-2026', label: 'Newsletter' },
  source: 'page' as const,
  page: { id: OTHER_ID, handle: 'ada' },
};

const reward = z.object({
  id: z.uuid(),
  role: z.enum(['referrer', 'referred', 'milestone']),
  credits: z.number().int(),
  referralId: z.uuid().nullable().describe('Null for a milestone'),
  milestone: z.number().int().nullable().describe('Successful referrals that were reached'),
  campaignId: z.uuid().optional().describe('With the members below only for campaigns of the workspace'),
  conversionId: z.uuid().optional(),
  kind: z.enum(['credits', 'external']).optional().describe('Your product fulfils `external` ones'),
  amount: z.number().int().optional().describe('Credits, or minor units of `currency`'),
  currency: z.string().nullable().optional().describe('Null for credits; `credits` is 0 for others'),
  externalId: z.string().optional().describe('The recipient in your product'),
  grantedAt: timestamp.optional(),
});
const exampleReward = {
  id: ID,
  role: 'referrer' as const,
  credits: 10,
  referralId: OTHER_ID,
  milestone: null,
};

const page = z.object({
  id: z.uuid(),
  workspaceId: z.uuid(),
  handle: z.string(),
  title: z.string(),
  url: z.string(),
  published: z.boolean(),
  version: z.number().int(),
});
const examplePage = {
  id: ID,
  workspaceId: OTHER_ID,
  handle: 'ada',
  title: 'Ada Lovelace',
  url: 'https://links.example.com/@ada',
  published: true,
  version: 3,
};

const key = z.object({
  id: z.uuid(),
  workspaceId: z.uuid(),
  createdBy: z.uuid().describe('The user for whom the key acts'),
  name: z.string(),
  start: z.string().describe('The first characters of the key'),
  scopes: z.array(z.enum(Object.keys(SCOPES))),
  expiresAt: timestamp.nullable(),
  endsAt: timestamp.nullable().describe('When a key that was deleted or replaced stops working'),
});
const exampleKey = {
  id: ID,
  workspaceId: OTHER_ID,
  createdBy: OTHER_ID,
  name: 'Deployment',
  start: 'lg_live_4kTq9Z',
  scopes: ['pages:read', 'pages:write'],
  expiresAt: '2027-11-22T12:00:00.000Z',
  endsAt: null,
};

const member = z.object({
  workspaceId: z.uuid(),
  userId: z.uuid(),
  username: z.string(),
  role: z.enum(ROLES),
});
const exampleMember = { workspaceId: ID, userId: OTHER_ID, username: 'bob', role: 'editor' as const };

const PLATFORM_ONLY = 'Only in the workspace that the server names as `PLATFORM_WORKSPACE_ID`.';

export const EVENTS = {
  'user.created': defineEvent({
    description: `Somebody signed up; the address is not verified yet. ${PLATFORM_ONLY}`,
    data: user,
    example: exampleUser,
  }),
  'user.verified': defineEvent({
    description: `A user verified the address of the account. ${PLATFORM_ONLY}`,
    data: user,
    example: exampleUser,
  }),
  'referral.created': defineEvent({
    description:
      'Somebody signed up by a referral link, or a campaign referred a customer. Doubtful ones start in review or are rejected at once.',
    data: referral,
    example: exampleReferral,
  }),
  'referral.successful': defineEvent({
    description: 'A referral met its terms.',
    data: referral,
    example: { ...exampleReferral, status: 'successful', qualifiedAt: '2026-11-22T12:05:00.000Z' },
  }),
  'referral.rejected': defineEvent({
    description: 'A referral that was pending or in review was rejected.',
    data: referral,
    example: { ...exampleReferral, status: 'rejected' },
  }),
  'referral.reversed': defineEvent({
    description: 'A successful referral was taken back.',
    data: referral,
    example: { ...exampleReferral, status: 'rejected' },
  }),
  'reward.granted': defineEvent({
    description:
      'The owner of the workspace earned credits, or someone earned a reward by a campaign of the workspace.',
    data: reward,
    example: exampleReward,
  }),
  'reward.reversed': defineEvent({
    description: 'A reward that was granted was taken back.',
    data: reward,
    example: exampleReward,
  }),
  'lead.created': defineEvent({
    description: 'Your product reported a lead.',
    data: lead,
    example: exampleLead,
  }),
  'sale.created': defineEvent({
    description: 'Your product reported a sale.',
    data: sale,
    example: exampleSale,
  }),
  'sale.refunded': defineEvent({
    description: 'Your product reported that a sale was refunded.',
    data: sale,
    example: { ...exampleSale, refundedAt: TIME },
  }),
  'page.published': defineEvent({
    description: 'A page became visible to everyone.',
    data: page,
    example: examplePage,
  }),
  'page.updated': defineEvent({
    description:
      'A page, published or not, or its blocks changed. With manual publishing, visitors see something new.',
    data: page.extend({ changed: z.array(z.string()).describe('Changed members of the page, or `blocks`') }),
    example: { ...examplePage, changed: ['title', 'theme'] },
  }),
  'page.unpublished': defineEvent({
    description: 'A page became a draft.',
    data: page,
    example: { ...examplePage, published: false },
  }),
  'page.deleted': defineEvent({
    description: 'A page was moved into the trash, where it can be restored for 30 days.',
    data: page,
    example: examplePage,
  }),
  'block.clicked': defineEvent(blockClicked),
  ...DOMAIN_EVENTS,
  'form.submitted': defineEvent(formSubmitted),
  'key.created': defineEvent({
    description: 'Somebody made an API key, or replaced one by it.',
    data: key,
    example: exampleKey,
  }),
  'key.revoked': defineEvent({
    description: 'An API key was deleted or replaced. A replaced one may work for a while.',
    data: key,
    example: { ...exampleKey, endsAt: TIME },
  }),
  'member.joined': defineEvent({
    description: 'Somebody accepted an invitation to the workspace.',
    data: member,
    example: exampleMember,
  }),
  'member.left': defineEvent({
    description: 'A member left, was removed, or deleted the account.',
    data: member,
    example: exampleMember,
  }),
} satisfies Record<EventType, EventDefinition<z.ZodObject>>;

export type EventData<T extends EventType> = z.infer<(typeof EVENTS)[T]['data']>;

/** The body that an endpoint receives. */
export type WebhookEvent = {
  [T in EventType]: { type: T; timestamp: string; data: EventData<T> };
}[EventType];

export const createEventBodySchema = (type: EventType): z.ZodObject =>
  z.object({ type: z.literal(type), timestamp, data: EVENTS[type].data });

/** zod writes the limits of JavaScript's integers, which say nothing about the body. */
function dropIntegerLimits({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

/** JSON Schema of the body that an endpoint receives. Later versions may add members. */
export function buildEventJsonSchema(type: EventType): Record<string, unknown> {
  const body = createEventBodySchema(type);
  const { $schema: _, ...schema } = z.toJSONSchema(body, { io: 'input', override: dropIntegerLimits });
  return schema;
}

export const createExampleBody = (type: EventType, at = TIME) => ({
  type,
  timestamp: at,
  data: EVENTS[type].example,
});
