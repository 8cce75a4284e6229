import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { multiLineSchema, singleLineSchema, timestamp } from '../../../core/text/validation.ts';

export const itemKind = z
  .enum(['premium', 'code', 'external'])
  .describe(
    '`premium`: a month of premium; `code`: one of a list of codes; `external`: fulfilled by you, outside Linkgrove',
  );

const MAX_COST = 1_000_000;
const MAX_REFERRALS = 1_000_000;
const MAX_CODES = 1_000;
const MAX_CODE_LENGTH = 200;

const count = z.number().int();
export const itemName = z
  .string()
  .max(40)
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, { error: 'Use 1–40 small letters, digits, _ or -' })
  .meta({ example: 'mug' });

const members = {
  name: singleLineSchema(1, 80).describe('As users see it'),
  description: multiLineSchema(1, 500).nullable(),
  cost: count.min(1).max(MAX_COST).describe('Credits'),
  minReferrals: count
    .min(0)
    .max(MAX_REFERRALS)
    .describe('The tier: how many successful referrals a user needs to redeem it'),
  maxPerUser: count.min(1).max(MAX_REFERRALS).nullable().describe('How often a user can redeem it'),
  enabled: z.boolean().describe('Whether it is in the catalogue'),
};

export const createItemInput = z
  .strictObject({
    item: itemName.describe('The name that `POST /api/rewards/redeem` takes; cannot be changed'),
    kind: itemKind.exclude(['premium']),
    name: members.name,
    description: members.description.default(null),
    cost: members.cost,
    minReferrals: members.minReferrals.default(0),
    maxPerUser: members.maxPerUser.default(null),
    enabled: members.enabled.default(true),
  })
  .meta({ id: 'CreateRewardItemInput' });

export const updateItemInput = z
  .strictObject({
    id: z.uuid(),
    name: members.name.optional(),
    description: members.description.optional(),
    cost: members.cost.optional().describe('For redemptions from now on'),
    minReferrals: members.minReferrals.optional(),
    maxPerUser: members.maxPerUser.optional(),
    enabled: members.enabled.optional(),
  })
  .meta({ id: 'UpdateRewardItemInput' });

export const addCodesInput = z
  .strictObject({
    id: z.uuid(),
    codes: z
      .array(singleLineSchema(1, MAX_CODE_LENGTH))
      .min(1)
      .max(MAX_CODES)
      .describe('Given in this order, each once. Codes that the item has already are left out'),
  })
  .meta({ id: 'AddRewardCodesInput' });
export const addCodesOutput = z
  .object({ added: count, left: count.describe('Codes that can be given now') })
  .meta({ id: 'AddedRewardCodes' });

export const listItemsInput = z.strictObject(paginationInput).prefault({});
export const rewardItemOutput = z
  .object({
    id: z.uuid(),
    item: z.string(),
    kind: itemKind,
    ...members,
    redeemed: count.describe(
      'How often it was redeemed since it is in this catalogue; not those that were cancelled',
    ),
    open: count.describe('Redemptions that wait to be fulfilled'),
    codesLeft: count.nullable().describe('Null for items without codes'),
    createdAt: timestamp,
  })
  .meta({ id: 'RewardItem' });
export type RewardItem = z.infer<typeof rewardItemOutput>;
export const rewardItemListOutput = createListOutputSchema(rewardItemOutput);

/** As users see it. */
export const catalogueItemOutput = z
  .object({
    item: z.string(),
    kind: itemKind,
    name: z.string(),
    description: z.string().nullable(),
    cost: count,
    minReferrals: count,
    maxPerUser: count.nullable(),
    obstacle: z
      .enum(['credits', 'referrals', 'used_up', 'sold_out'])
      .nullable()
      .describe('Why you cannot redeem it now; null if you can'),
  })
  .meta({ id: 'CatalogueItem' });
export type CatalogueItem = z.infer<typeof catalogueItemOutput>;
