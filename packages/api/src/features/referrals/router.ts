import type { TRPCRouterRecord } from '@trpc/server';
import { EXPORT_STREAM } from '../../core/http/export-parts.ts';
import { scopedProcedure } from '../../trpc/init.ts';
import {
  referralFunnelInput,
  listReferralsInput,
  referralFunnelOutput,
  referralListOutput,
  referralStatsOutput,
  referralStatsInput,
} from './schema.ts';
import { exportReferralsInput, referralExportOutput } from './exports/schema.ts';
import { exportReferrals } from './exports/service.ts';
import * as service from './service.ts';

const tags = ['Referrals'];

export const referralsRouter = {
  list: scopedProcedure('referrals:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/referrals',
        tags,
        summary: 'List your referrals',
        description: 'Newest first. Never contains the email address of a referred user.',
      },
    })
    .input(listReferralsInput)
    .output(referralListOutput)
    .query(({ ctx, input }) => service.listReferrals(ctx, input)),

  /** A plugin of the server streams it over REST. */
  export: scopedProcedure('referrals:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/referrals/export',
        tags,
        summary: 'Export your referrals',
        description: `Newest first. ${EXPORT_STREAM}`,
      },
    })
    .input(exportReferralsInput)
    .output(referralExportOutput)
    .query(({ ctx, input }) => exportReferrals(ctx, input)),

  stats: scopedProcedure('referrals:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/referral-stats',
        tags,
        summary: 'Show your referral stats',
        description:
          'Totals and rows of `links` since the account was made; `period` and `daily` for the days you ask for.',
      },
    })
    .input(referralStatsInput)
    .output(referralStatsOutput)
    .query(({ ctx, input }) => service.getOwnReferralStats(ctx, input)),

  funnel: scopedProcedure('referrals:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/referral-funnel',
        tags,
        summary: 'Show your funnel from visits to successful referrals',
        description:
          'Counts of the days you ask for, the rates between them, and the same number of days before. A success that was reversed later stays on its day; reversals are a series of their own.',
      },
    })
    .input(referralFunnelInput)
    .output(referralFunnelOutput)
    .query(({ ctx, input }) => service.getOwnReferralFunnel(ctx, input)),
} satisfies TRPCRouterRecord;
