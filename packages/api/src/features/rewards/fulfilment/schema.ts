import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { accountIdentifier } from '../../users/schema.ts';
import { itemKind, itemName } from '../items/schema.ts';

export const redemptionState = z
  .enum(['open', 'fulfilled', 'cancelled'])
  .describe(
    '`open` until an administrator fulfils or cancels it; only items of the kind `external` are ever open',
  );
export type RedemptionState = z.infer<typeof redemptionState>;

export const ownRedemptionOutput = z
  .object({
    id: z.uuid().describe('Also the ID of the ledger entry'),
    item: z.string(),
    kind: itemKind,
    name: z.string(),
    cost: z.number().int(),
    state: redemptionState,
    code: z.string().nullable().describe('The code you got; null for items without codes'),
    note: z.string().nullable().describe('From the administrator who fulfilled or cancelled it'),
    createdAt: timestamp,
    fulfilledAt: timestamp.nullable(),
    cancelledAt: timestamp.nullable().describe('When the credits were given back'),
  })
  .meta({ id: 'OwnRedemption' });
export type OwnRedemption = z.infer<typeof ownRedemptionOutput>;
export const ownRedemptionListOutput = createListOutputSchema(ownRedemptionOutput);
export const listOwnRedemptionsInput = z.strictObject(paginationInput).prefault({});

export const listRedemptionsInput = z
  .strictObject({
    ...paginationInput,
    state: z
      .enum([...redemptionState.options, 'all'])
      .default('open')
      .describe('`open` lists those that need to be fulfilled'),
    item: itemName.optional().describe('Only of this item'),
    user: accountIdentifier.optional().describe('Only of this user: email address, username or ID'),
  })
  .prefault({});
export const adminRedemptionOutput = ownRedemptionOutput
  .omit({ code: true })
  .extend({
    user: z
      .object({
        id: z.uuid(),
        username: z.string().nullable().describe('Null if they deleted their account'),
      })
      .meta({ id: 'RedeemingUser' }),
  })
  .meta({ id: 'AdminRedemption' });
export type AdminRedemption = z.infer<typeof adminRedemptionOutput>;
export const adminRedemptionListOutput = createListOutputSchema(adminRedemptionOutput);

export const fulfilRedemptionInput = z
  .strictObject({
    id: z.uuid(),
    note: singleLineSchema(1, 500).optional().describe('Shown to the user, such as a tracking number'),
  })
  .meta({ id: 'FulfilRedemptionInput' });

export const cancelRedemptionInput = z
  .strictObject({
    id: z.uuid(),
    reason: singleLineSchema(1, 500).describe('Shown to the user'),
  })
  .meta({ id: 'CancelRedemptionInput' });
