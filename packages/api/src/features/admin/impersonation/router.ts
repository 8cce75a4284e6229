import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { freshlyProven } from '../../../trpc/fresh-proof.ts';
import { adminProcedure } from '../../../trpc/init.ts';
import { limitAccountCalls } from '../../../trpc/limit.ts';
import { endImpersonationInput, impersonateUserInput, impersonationOutput } from './schema.ts';
import * as service from './service.ts';

const tags = ['Administration'];
const path = '/api/admin/users/{id}/impersonate';

export const impersonationRouter = {
  impersonateUser: adminProcedure
    .meta({
      openapi: {
        tags,
        path,
        method: 'POST',
        summary: 'Act as a user for ten minutes',
        description:
          'Answers with an access token whose claim `act` (RFC 8693) names you. It reads and edits pages and reads analytics; everything else answers `IMPERSONATION_REFUSED`. The user gets a mail and sees it among their security events. Administrators and suspended users cannot be impersonated.',
        errors: ['NOT_FOUND', 'RATE_LIMITED'],
      },
    })
    .input(impersonateUserInput)
    .concat(freshlyProven)
    .use(limitAccountCalls('impersonationsAccount'))
    .output(impersonationOutput)
    .mutation(({ ctx, input }) => service.beginImpersonation(ctx, input)),

  endImpersonation: adminProcedure
    .meta({
      openapi: {
        tags,
        path,
        method: 'DELETE',
        summary: 'Stop acting as a user',
        description: 'The access tokens of all administrators who act as this user stop working at once.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(endImpersonationInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.endImpersonations(ctx, input)),
} satisfies TRPCRouterRecord;
