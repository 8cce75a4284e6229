import { Readable } from 'node:stream';
import {
  appRouter,
  EXPORT_COLUMNS,
  PROGRAMME_EXPORT_COLUMNS,
  REFERRAL_EXPORT_COLUMNS,
  REWARD_EXPORT_COLUMNS,
  SUBMISSION_EXPORT_COLUMNS,
} from '@linkgrove/api';
import { callTRPCProcedure } from '@trpc/server';
import type { FastifyPluginAsync } from 'fastify';
import { exportPart, type ExportPart, formatCsv, formatJson, listParts } from '../export-stream.ts';
import type { ContextFactory } from '../request-context.ts';

type Route = { Params: Record<string, string>; Querystring: Record<string, string | undefined> };

type Export = { procedure: string; file: string; columns: (query: Route['Querystring']) => string[] };
const EXPORTS: Record<string, Export> = {
  '/api/pages/:id/analytics/export': {
    procedure: 'analytics.export',
    file: 'analytics',
    columns: ({ interval }) => (interval === undefined ? EXPORT_COLUMNS.events : EXPORT_COLUMNS.buckets),
  },
  '/api/pages/:id/submissions/export': {
    procedure: 'forms.export',
    file: 'submissions',
    columns: () => SUBMISSION_EXPORT_COLUMNS,
  },
  '/api/referrals/export': {
    procedure: 'referrals.export',
    file: 'referrals',
    columns: () => REFERRAL_EXPORT_COLUMNS.own,
  },
  '/api/admin/referrals/export': {
    procedure: 'referralReview.export',
    file: 'referrals',
    columns: () => REFERRAL_EXPORT_COLUMNS.all,
  },
  '/api/rewards/export': {
    procedure: 'rewards.export',
    file: 'ledger',
    columns: () => REWARD_EXPORT_COLUMNS.ownLedger,
  },
  '/api/admin/rewards/export': {
    procedure: 'rewardReview.export',
    file: 'rewards',
    columns: () => REWARD_EXPORT_COLUMNS.rewards,
  },
  '/api/admin/ledger/export': {
    procedure: 'rewardReview.exportLedger',
    file: 'ledger',
    columns: () => REWARD_EXPORT_COLUMNS.ledger,
  },
  '/api/campaigns/:id/referrals/export': {
    procedure: 'campaignExports.referrals',
    file: 'referrals',
    columns: () => PROGRAMME_EXPORT_COLUMNS.referrals,
  },
  '/api/campaigns/:id/rewards/export': {
    procedure: 'campaignExports.rewards',
    file: 'rewards',
    columns: () => PROGRAMME_EXPORT_COLUMNS.rewards,
  },
  '/api/campaigns/:id/ledger/export': {
    procedure: 'campaignExports.ledger',
    file: 'ledger',
    columns: () => PROGRAMME_EXPORT_COLUMNS.ledger,
  },
};

/** Streams the parts that the procedures return. */
export const exportsPlugin: FastifyPluginAsync<{ createContext: ContextFactory }> = async (
  server,
  { createContext },
) => {
  for (const [path, { procedure, file, columns }] of Object.entries(EXPORTS)) {
    server.get<Route>(path, async (request, reply) => {
      const ctx = createContext(request, reply);
      const read = async (cursor?: string): Promise<ExportPart> =>
        exportPart.parse(
          await callTRPCProcedure({
            router: appRouter,
            path: procedure,
            getRawInput: async () => ({ ...request.query, ...request.params, ...(cursor && { cursor }) }),
            ctx,
            type: 'query',
            signal: undefined,
            batchIndex: 0,
          }),
        );
      const { format = 'csv' } = request.query;
      const parts = listParts(await read(), read);
      return reply
        .type(format === 'json' ? 'application/json; charset=utf-8' : 'text/csv; charset=utf-8')
        .headers({
          'content-disposition': `attachment; filename="${file}.${format}"`,
          'cache-control': 'no-store',
        })
        .send(
          Readable.from(format === 'json' ? formatJson(parts) : formatCsv(parts, columns(request.query))),
        );
    });
  }
};
