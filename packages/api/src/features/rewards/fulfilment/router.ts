import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure, scopedProcedure } from '../../../trpc/init.ts';
import {
  adminRedemptionListOutput,
  adminRedemptionOutput,
  cancelRedemptionInput,
  fulfilRedemptionInput,
  listOwnRedemptionsInput,
  listRedemptionsInput,
  ownRedemptionListOutput,
} from './schema.ts';
import * as service from './service.ts';

export const redemptionsRouter = {
  list: scopedProcedure('rewards:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/redemptions',
        tags: ['Rewards'],
        summary: 'List what you redeemed',
        description: 'Newest first, with the codes you got and whether an item is still on its way.',
      },
    })
    .input(listOwnRedemptionsInput)
    .output(ownRedemptionListOutput)
    .query(({ ctx, input }) => service.listOwnRedemptions(ctx, input)),

  listAll: adminProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/admin/redemptions',
        tags: ['Administration'],
        summary: 'List redemptions that need to be fulfilled, or others',
        description: 'Oldest first. The codes that users got are not shown.',
      },
    })
    .input(listRedemptionsInput)
    .output(adminRedemptionListOutput)
    .query(({ ctx, input }) => service.listRedemptions(ctx, input)),

  fulfil: adminProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/admin/redemptions/{id}/fulfil',
        tags: ['Administration'],
        summary: 'Mark a redemption as fulfilled',
        description: 'Once the user has the item. The note is shown to the user.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(fulfilRedemptionInput)
    .output(adminRedemptionOutput)
    .mutation(({ ctx, input }) => service.fulfilRedemption(ctx, input)),

  cancel: adminProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/admin/redemptions/{id}/cancel',
        tags: ['Administration'],
        summary: 'Cancel a redemption that is not fulfilled',
        description:
          'The user gets the credits back, once, and a mail with the reason. The redemption no longer counts under `maxPerUser`.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(cancelRedemptionInput)
    .output(adminRedemptionOutput)
    .mutation(({ ctx, input }) => service.cancelRedemption(ctx, input)),
} satisfies TRPCRouterRecord;
