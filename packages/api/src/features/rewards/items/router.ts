import type { TRPCRouterRecord } from '@trpc/server';
import { idempotent } from '../../../trpc/idempotency.ts';
import { adminProcedure } from '../../../trpc/init.ts';
import {
  addCodesInput,
  addCodesOutput,
  createItemInput,
  listItemsInput,
  rewardItemListOutput,
  rewardItemOutput,
  updateItemInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };
const path = '/api/admin/reward-items';

export const rewardItemsRouter = {
  list: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path,
        summary: 'List the items that credits can be spent on',
        description: 'Newest first, with those that are not in the catalogue.',
      },
    })
    .input(listItemsInput)
    .output(rewardItemListOutput)
    .query(({ ctx, input }) => service.listRewardItems(ctx, input)),

  create: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path,
        summary: 'Add an item to the catalogue',
        description: 'Of the kind `code`, it is sold out until you add codes.',
        success: 201,
        errors: ['CONFLICT'],
      },
    })
    .input(createItemInput)
    .concat(idempotent)
    .output(rewardItemOutput)
    .mutation(({ ctx, input }) => service.createRewardItem(ctx, input)),

  update: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: `${path}/{id}`,
        summary: 'Change an item',
        description: 'Earlier redemptions stay as they are. An item that is not enabled cannot be redeemed.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(updateItemInput)
    .output(rewardItemOutput)
    .mutation(({ ctx, input }) => service.updateRewardItem(ctx, input)),

  addCodes: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: `${path}/{id}/codes`,
        summary: 'Add codes to an item',
        description: 'Each is given to one redemption. Codes that the item has already change nothing.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(addCodesInput)
    .output(addCodesOutput)
    .mutation(({ ctx, input }) => service.addRewardCodes(ctx, input)),
} satisfies TRPCRouterRecord;
