import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { authedProcedure, publicProcedure } from '../../../trpc/init.ts';
import {
  codeInput,
  createInput,
  deleteInput,
  listInput,
  publicCode,
  referralLink,
  referralLinkPage,
  updateInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Referrals'], protect: true };

export const referralLinksRouter = {
  list: authedProcedure
    .meta({
      openapi: { ...openapi, method: 'GET', path: '/api/referral-links', summary: 'Your referral links' },
    })
    .input(listInput)
    .output(referralLinkPage)
    .query(({ ctx, input }) => service.list(ctx, input)),

  create: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/referral-links',
        summary: 'Make another referral link',
        success: 201,
        errors: ['REFERRAL_CODE_TAKEN', 'LIMIT_REACHED'],
      },
    })
    .input(createInput)
    .output(referralLink)
    .mutation(({ ctx, input }) => service.create(ctx, input)),

  update: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/referral-links/{id}',
        summary: 'Change a referral link',
        errors: ['NOT_FOUND', 'REFERRAL_CODE_TAKEN', 'CONFLICT'],
      },
    })
    .input(updateInput)
    .output(referralLink)
    .mutation(({ ctx, input }) => service.update(ctx, input)),

  delete: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/referral-links/{id}',
        summary: 'Delete a referral link',
        description: 'Its code admits nobody any more, and is never given to anyone else.',
        success: 204,
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(deleteInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.remove(ctx, input)),
} satisfies TRPCRouterRecord;

export const referralCodesRouter = {
  show: publicProcedure
    .meta({
      openapi: {
        tags: ['Referrals'],
        method: 'GET',
        path: '/api/referral-codes/{code}',
        summary: 'Who invites by a code',
        errors: ['NOT_FOUND'],
      },
    })
    .input(codeInput)
    .output(publicCode)
    .query(({ ctx, input }) => service.show(ctx, input)),
} satisfies TRPCRouterRecord;
