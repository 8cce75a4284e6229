import type { TRPCRouterRecord } from '@trpc/server';
import { idempotent } from '../../trpc/idempotency.ts';
import { memberProcedure } from '../../trpc/init.ts';
import {
  clickOutput,
  conversionListOutput,
  conversionOutput,
  listConversionsInput,
  refundableConversion,
  trackClickInput,
  trackLeadInput,
  trackRefundInput,
  trackSaleInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Conversions'] };

export const trackRouter = {
  click: memberProcedure('conversions:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/track/click',
        summary: 'Report a click',
        description:
          'For visitors who reach your product with a code but not by `/r/{code}`, which counts by itself. Each call counts.',
        success: 201,
        errors: ['INVALID_REFERRAL_CODE'],
      },
    })
    .input(trackClickInput)
    .concat(idempotent)
    .output(clickOutput)
    .mutation(({ ctx, input }) => service.trackClick(ctx, input)),

  lead: memberProcedure('conversions:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/track/lead',
        summary: 'Report a lead, such as a sign-up',
        description:
          'The first report of a customer decides who referred them. A repetition gets the same answer and counts nothing; one with other contents is refused.',
        success: 201,
        errors: ['INVALID_REFERRAL_CODE', 'CONFLICT'],
      },
    })
    .input(trackLeadInput)
    .concat(idempotent)
    .output(conversionOutput)
    .mutation(({ ctx, input }) => service.trackLead(ctx, input)),

  sale: memberProcedure('conversions:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/track/sale',
        summary: 'Report a sale',
        description:
          'Report every sale of a customer, with an `eventName` of its own. A repetition gets the same answer and counts nothing; one with other contents is refused.',
        success: 201,
        errors: ['INVALID_REFERRAL_CODE', 'CONFLICT'],
      },
    })
    .input(trackSaleInput)
    .concat(idempotent)
    .output(conversionOutput)
    .mutation(({ ctx, input }) => service.trackSale(ctx, input)),

  refund: memberProcedure('conversions:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/track/refund',
        summary: 'Report that a sale was refunded',
        description:
          'Its rewards are cancelled while they are on hold, and taken back later. A repetition changes nothing.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(trackRefundInput)
    .output(refundableConversion)
    .mutation(({ ctx, input }) => service.trackRefund(ctx, input)),
} satisfies TRPCRouterRecord;

export const conversionsRouter = {
  conversions: memberProcedure('campaigns:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/campaigns/{id}/conversions',
        summary: 'List the leads and sales of a campaign',
        description: 'Of customers whom it referred, newest first.',
      },
    })
    .input(listConversionsInput)
    .output(conversionListOutput)
    .query(({ ctx, input }) => service.listConversions(ctx, input)),
} satisfies TRPCRouterRecord;
