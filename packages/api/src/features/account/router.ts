import type { TRPCRouterRecord } from '@trpc/server';
import { authedProcedure } from '../../trpc/init.ts';
import { noInput, user } from '../auth/schema.ts';
import { getUser } from '../auth/service.ts';

export const accountRouter = {
  me: authedProcedure
    .meta({
      openapi: { method: 'GET', path: '/api/me', tags: ['Account'], summary: 'Who you are', protect: true },
    })
    .input(noInput)
    .output(user)
    .query(({ ctx }) => getUser(ctx, ctx.principal.userId)),
} satisfies TRPCRouterRecord;
