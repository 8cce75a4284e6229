import type { TRPCRouterRecord } from '@trpc/server';
import { authedProcedure } from '../../trpc/init.ts';
import { funnelInput, listInput, referralFunnel, referralPage, referralStats, statsInput } from './schema.ts';
import * as service from './service.ts';

const tags = ['Referrals'];

export const referralsRouter = {
  list: authedProcedure
    .meta({
      openapi: { method: 'GET', path: '/api/referrals', tags, summary: 'People you referred', protect: true },
    })
    .input(listInput)
    .output(referralPage)
    .query(({ ctx, input }) => service.list(ctx, input)),

  stats: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/referral-stats',
        tags,
        summary: 'Your referral counts',
        protect: true,
      },
    })
    .input(statsInput)
    .output(referralStats)
    .query(({ ctx, input }) => service.stats(ctx, input)),

  funnel: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/referral-funnel',
        tags,
        summary: 'What became of the visits to your links',
        protect: true,
      },
    })
    .input(funnelInput)
    .output(referralFunnel)
    .query(({ ctx, input }) => service.funnel(ctx, input)),
} satisfies TRPCRouterRecord;
