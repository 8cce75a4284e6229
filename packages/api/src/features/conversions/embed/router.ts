import type { TRPCRouterRecord } from '@trpc/server';
import { emptyInput } from '../../../core/text/validation.ts';
import { idempotent } from '../../../trpc/idempotency.ts';
import { memberProcedure, publicProcedure } from '../../../trpc/init.ts';
import { createEmbedTokenInput, embedOutput, embedTokenOutput } from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Campaigns'] };

export const embedTokensRouter = {
  createEmbedToken: memberProcedure('campaigns:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/campaigns/{id}/referrers/{referrerId}/embed-token',
        summary: 'Create a token with which a referrer sees the own numbers',
        description: 'For `GET /api/embed/me`, and for nothing else. It ends after an hour at the latest.',
        success: 201,
      },
    })
    .input(createEmbedTokenInput)
    .concat(idempotent)
    .output(embedTokenOutput)
    .mutation(({ ctx, input }) => service.createEmbedToken(ctx, input)),
} satisfies TRPCRouterRecord;

export const embedRouter = {
  me: publicProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/embed/me',
        summary: 'See your link, referrals and rewards as a referrer',
        description: 'With an embed token as bearer token, which the product gives its referrers.',
        errors: ['UNAUTHENTICATED'],
      },
    })
    .input(emptyInput.optional())
    .output(embedOutput)
    .query(({ ctx }) => service.getEmbed(ctx)),
} satisfies TRPCRouterRecord;
