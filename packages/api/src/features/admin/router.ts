import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { acceptedOutput } from '../../core/text/validation.ts';
import { freshlyProven } from '../../trpc/fresh-proof.ts';
import { idempotent } from '../../trpc/idempotency.ts';
import { adminProcedure } from '../../trpc/init.ts';
import { limitAccountCalls } from '../../trpc/limit.ts';
import { setUserRole } from './roles/service.ts';
import {
  adminUserDetailsOutput,
  adminUserListOutput,
  adminUserOutput,
  createUserInput,
  listUsersInput,
  removeSecondFactorInput,
  setUserRoleInput,
  suspendUserInput,
  targetUserInput,
  userActInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };
const limitActs = limitAccountCalls('userActsAccount');

export const adminRouter = {
  listUsers: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/users',
        summary: 'List and search users',
        description:
          'Newest first, without deleted ones. `q` finds the beginning of an email address or username, or an ID.',
        errors: ['RATE_LIMITED'],
      },
    })
    .input(listUsersInput)
    .use(limitAccountCalls('userSearchesAccount'))
    .output(adminUserListOutput)
    .query(({ ctx, input }) => service.listUsers(ctx, input)),

  getUser: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/users/{id}',
        summary: 'Look up a user',
        description: 'How they sign in, where they are a member, and since when they are suspended.',
        errors: ['NOT_FOUND', 'RATE_LIMITED'],
      },
    })
    .input(targetUserInput)
    .use(limitAccountCalls('userSearchesAccount'))
    .output(adminUserDetailsOutput)
    .query(({ ctx, input }) => service.lookUpUser(ctx, input)),

  createUser: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/users',
        summary: 'Invite a user',
        description:
          'Creates an account without a password and mails a link to set one, which works for 7 days and verifies the address.',
        success: 201,
        errors: ['EMAIL_TAKEN', 'USERNAME_TAKEN', 'RATE_LIMITED'],
      },
    })
    .input(createUserInput)
    .concat(freshlyProven)
    .use(limitActs)
    .concat(idempotent)
    .output(adminUserOutput)
    .mutation(({ ctx, input }) => service.createInvitedUser(ctx, input)),

  setUserRole: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'PUT',
        path: '/api/admin/users/{id}/role',
        summary: 'Make a user an administrator, or an ordinary user again',
        description: 'Holds from the next request. The last administrator stays one. The user gets a mail.',
        errors: ['NOT_FOUND', 'LAST_ADMIN', 'CONFLICT', 'RATE_LIMITED'],
      },
    })
    .input(setUserRoleInput)
    .concat(freshlyProven)
    .use(limitActs)
    .output(adminUserOutput)
    .mutation(({ ctx, input }) => setUserRole(ctx, input)),

  suspendUser: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/users/{id}/suspend',
        summary: 'Suspend a user and end their sessions',
        description:
          "Takes the user's pages off the web, refuses sign-ins and mails the user. Administrators cannot be suspended.",
        errors: ['NOT_FOUND', 'RATE_LIMITED'],
      },
    })
    .input(suspendUserInput)
    .concat(freshlyProven)
    .use(limitActs)
    .output(adminUserOutput)
    .mutation(({ ctx, input }) => service.suspendUser(ctx, input)),

  restoreUser: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/users/{id}/restore',
        summary: 'Lift the suspension of a user',
        description: 'The user can sign in again, published pages are visible again, and a mail says so.',
        errors: ['NOT_FOUND', 'RATE_LIMITED'],
      },
    })
    .input(userActInput)
    .concat(freshlyProven)
    .use(limitActs)
    .output(adminUserOutput)
    .mutation(({ ctx, input }) => service.restoreUser(ctx, input)),

  sendReset: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/users/{id}/send-reset',
        summary: 'Mail a user a link that sets a new password',
        description:
          'The password works until the link is used. Users who never used their invitation get it again.',
        success: 202,
        errors: ['NOT_FOUND', 'RATE_LIMITED'],
      },
    })
    .input(targetUserInput)
    .concat(freshlyProven)
    .use(limitActs)
    .output(acceptedOutput)
    .mutation(async ({ ctx, input }) => {
      await service.sendUserReset(ctx, input);
      return { accepted: true as const };
    }),

  endSessions: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/admin/users/{id}/sessions',
        summary: 'End all sessions of a user',
        description: 'The user gets a mail and can sign in again at once.',
        success: 204,
        errors: ['NOT_FOUND', 'RATE_LIMITED'],
      },
    })
    .input(userActInput)
    .concat(freshlyProven)
    .use(limitActs)
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
        errors: ['NOT_FOUND', 'RATE_LIMITED'],
      },
    })
    .input(removeSecondFactorInput)
    .concat(freshlyProven)
    .use(limitActs)
    .output(z.void())
    .mutation(({ ctx, input }) => service.removeSecondFactor(ctx, input)),
} satisfies TRPCRouterRecord;
