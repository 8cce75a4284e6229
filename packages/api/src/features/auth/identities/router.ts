import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { freshlyProven } from '../../../trpc/fresh-proof.ts';
import { authedProcedure } from '../../../trpc/init.ts';
import { linkIdentityInput, linkIdentityOutput } from '../providers/schema.ts';
import { startLinking } from '../providers/service.ts';
import { noInput } from '../schema.ts';
import { identityIdInput, identityListOutput } from './schema.ts';
import * as service from './service.ts';

const tags = ['Account'];

export const identitiesRouter = {
  list: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/me/identities',
        tags,
        summary: 'List the accounts at providers that you can sign in with',
        description: 'Oldest first, on one page.',
      },
    })
    .input(noInput)
    .output(identityListOutput)
    .query(({ ctx }) => service.listIdentities(ctx)),

  link: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/me/identities/{id}',
        tags,
        summary: 'Link an account at a provider to yours',
        description:
          'Answers with the URL of the provider, to be opened in the same browser. It comes back to `redirect`, with `?error=` and a code if it could not be linked. Your email address stays the same. You get an email about it.',
        errors: ['NOT_FOUND', 'UNAVAILABLE'],
      },
    })
    .input(linkIdentityInput)
    .concat(freshlyProven)
    .output(linkIdentityOutput)
    .mutation(({ ctx, input }) => startLinking(ctx, input)),

  remove: authedProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/me/identities/{id}',
        tags,
        summary: 'Stop signing in with an account at a provider',
        description: 'The last way to sign in cannot be removed. You get an email about it.',
        success: 204,
        errors: ['NOT_FOUND', 'LAST_SIGN_IN_METHOD'],
      },
    })
    .input(identityIdInput)
    .concat(freshlyProven)
    .output(z.void())
    .mutation(({ ctx, input }) => service.removeIdentity(ctx, input)),
} satisfies TRPCRouterRecord;
