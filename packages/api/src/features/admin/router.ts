import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { freshlyProven } from '../../trpc/fresh-proof.ts';
import { adminProcedure } from '../../trpc/init.ts';
import {
  adminUserOutput,
  findUserInput,
  removeSecondFactorInput,
  suspendUserInput,
  targetUserInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };

export const adminRouter = {
  findUser: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/users',
        summary: 'Look up a user',
        description: 'Finds an account by its email address, username or ID.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(findUserInput)
    .output(adminUserOutput)
    .query(({ ctx, input }) => service.lookUpUser(ctx, input)),

  suspendUser: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/users/{id}/suspend',
        summary: 'Suspend a user and end their sessions',
        description:
          "Takes the user's pages off the web and refuses sign-ins. Administrators cannot be suspended.",
        errors: ['NOT_FOUND'],
      },
    })
    .input(suspendUserInput)
    .output(adminUserOutput)
    .mutation(({ ctx, input }) => service.suspendUser(ctx, input)),

  restoreUser: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/users/{id}/restore',
        summary: 'Lift the suspension of a user',
        description: 'The user can sign in again, and published pages are visible again.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(targetUserInput)
    .output(adminUserOutput)
    .mutation(({ ctx, input }) => service.restoreUser(ctx, input)),

  endSessions: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/admin/users/{id}/sessions',
        summary: 'End all sessions of a user',
        description: 'The user can sign in again at once.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(targetUserInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.endSessionsOfUser(ctx, input)),

  removeSecondFactor: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/users/{id}/remove-second-factor',
        summary: 'Turn off the second factor of a user who lost it',
        description:
          'Removes the authenticator app, the recovery codes and the trusted devices, ends the sessions, and mails the user. Passkeys stay. Be sure of the person first.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(removeSecondFactorInput)
    .concat(freshlyProven)
    .output(z.void())
    .mutation(({ ctx, input }) => service.removeSecondFactor(ctx, input)),
} satisfies TRPCRouterRecord;
