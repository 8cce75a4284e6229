import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { idempotent } from '../../../trpc/idempotency.ts';
import { memberProcedure } from '../../../trpc/init.ts';
import {
  createReferrerInput,
  listReferrersInput,
  referrerIdInput,
  referrerListOutput,
  referrerOutput,
  updateReferrerInput,
} from '../../campaigns/referrers/schema.ts';
import * as referrers from '../../campaigns/referrers/service.ts';
import {
  entryListOutput,
  listEntriesInput,
  spendCreditsInput,
  spentCreditsOutput,
} from '../ledger/schema.ts';
import { listEntries, spendReferrerCredits } from '../ledger/service.ts';
import * as service from './service.ts';

const openapi = { tags: ['Campaigns'] };

export const campaignReferrersRouter = {
  list: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/campaigns/{id}/referrers',
        summary: 'List the referrers of a campaign',
        description: 'Oldest first, with their counts and what they earned.',
      },
    })
    .input(listReferrersInput)
    .output(referrerListOutput)
    .query(({ ctx, input }) => referrers.listReferrers(ctx, input)),

  create: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/campaigns/{id}/referrers',
        summary: 'Add a referrer',
        description:
          'Gives a person of your product a code and a link. Nobody needs an account here. A repetition returns the referrer there is.',
        success: 201,
        errors: ['REFERRAL_CODE_TAKEN', 'CONFLICT', 'RATE_LIMITED'],
      },
    })
    .input(createReferrerInput)
    .concat(idempotent)
    .output(referrerOutput)
    .mutation(({ ctx, input }) => referrers.createReferrer(ctx, input)),

  get: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/campaigns/{id}/referrers/{referrerId}',
        summary: 'Get a referrer',
        description: 'With the counts of the moment.',
      },
    })
    .input(referrerIdInput)
    .output(referrerOutput)
    .query(({ ctx, input }) => referrers.getReferrer(ctx, input)),

  update: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/campaigns/{id}/referrers/{referrerId}',
        summary: 'Change, enable or disable a referrer',
        description: 'While disabled, the link and the code refer nobody and new sales earn nothing.',
      },
    })
    .input(updateReferrerInput)
    .output(referrerOutput)
    .mutation(({ ctx, input }) => referrers.updateReferrer(ctx, input)),

  delete: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/campaigns/{id}/referrers/{referrerId}',
        summary: 'Delete a referrer',
        description:
          'Erases name and address and cancels rewards on hold. Referrals stay counted, and the code stays taken.',
        success: 204,
      },
    })
    .input(referrerIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.deleteReferrer(ctx, input)),

  entries: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/campaigns/{id}/referrers/{referrerId}/entries',
        summary: 'List the ledger of a referrer',
        description: 'Newest first. The balance of a unit is the sum of its entries.',
      },
    })
    .input(listEntriesInput)
    .output(entryListOutput)
    .query(({ ctx, input }) => listEntries(ctx, input)),

  spend: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/campaigns/{id}/referrers/{referrerId}/spend',
        summary: 'Spend credits of a referrer',
        description: 'For something in your product. Each `externalId` spends once.',
        success: 201,
        errors: ['INSUFFICIENT_CREDITS', 'CONFLICT'],
      },
    })
    .input(spendCreditsInput)
    .concat(idempotent)
    .output(spentCreditsOutput)
    .mutation(({ ctx, input }) => spendReferrerCredits(ctx, input)),
} satisfies TRPCRouterRecord;
