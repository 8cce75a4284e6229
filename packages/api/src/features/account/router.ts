import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { freshlyProven } from '../../trpc/fresh-proof.ts';
import { authedProcedure, publicProcedure, scopedProcedure } from '../../trpc/init.ts';
import { acceptedOutput } from '../../core/text/validation.ts';
import { reauthenticateInput } from '../auth/reauthentication/schema.ts';
import { reauthenticateSession } from '../auth/reauthentication/service.ts';
import { noInput } from '../auth/schema.ts';
import { userOutput } from '../users/schema.ts';
import {
  accountExportOutput,
  changeEmailInput,
  changePasswordInput,
  deleteAccountInput,
  undoEmailChangeInput,
  unsubscribeInput,
  updateAccountInput,
} from './schema.ts';
import * as service from './service.ts';

const tags = ['Account'];

export const accountRouter = {
  me: scopedProcedure(undefined)
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/me',
        tags,
        summary: 'Get your account',
        description: 'For the account of the access token or cookie.',
      },
    })
    .input(noInput)
    .output(userOutput)
    .query(({ ctx }) => service.getOwnUser(ctx)),

  update: authedProcedure
    .meta({
      openapi: {
        method: 'PATCH',
        path: '/api/me',
        tags,
        summary: 'Update your account',
        description:
          'A new username needs a fresh proof: `password`, or a session that signed in or called `POST /api/me/reauthenticate` less than ten minutes ago.',
        errors: [
          'INVALID_CREDENTIALS',
          'REAUTHENTICATION_REQUIRED',
          'USERNAME_TAKEN',
          'LIMIT_REACHED',
          'RATE_LIMITED',
        ],
      },
    })
    .input(updateAccountInput)
    .output(userOutput)
    .mutation(({ ctx, input }) => service.updateAccount(ctx, input)),

  reauthenticate: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/me/reauthenticate',
        tags,
        summary: 'Enter your password again',
        description:
          'Makes the current session fresh for ten minutes, for the calls that otherwise answer `REAUTHENTICATION_REQUIRED`. A new sign-in does the same.',
        success: 204,
        errors: ['INVALID_CREDENTIALS'],
      },
    })
    .input(reauthenticateInput)
    .output(z.void())
    .mutation(({ ctx, input }) => reauthenticateSession(ctx, input)),

  delete: authedProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/me',
        tags,
        summary: 'Delete your account',
        description:
          'Needs a fresh proof: `password`, or a session that signed in or called `POST /api/me/reauthenticate` less than ten minutes ago. Deletes your personal data at once, with the workspaces that only you are in. The counts of your referrer stay. Refused while you are the last owner of a team with other members, or the last administrator.',
        success: 204,
        errors: ['INVALID_CREDENTIALS', 'REAUTHENTICATION_REQUIRED', 'LAST_OWNER', 'LAST_ADMIN'],
      },
    })
    .input(deleteAccountInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      await service.deleteAccount(ctx, input);
      ctx.clearSessionCookies();
    }),

  changePassword: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/me/password',
        tags,
        summary: 'Change your password',
        description:
          'Ends all other sessions and sends you an email. Sets a first password for an account that has none.',
        success: 204,
        errors: ['INVALID_CREDENTIALS', 'REAUTHENTICATION_REQUIRED', 'RATE_LIMITED'],
      },
    })
    .input(changePasswordInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.changePassword(ctx, input)),

  changeEmail: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/me/email',
        tags,
        summary: 'Change your email address',
        description:
          'Needs a fresh proof: `password`, or a session that signed in or called `POST /api/me/reauthenticate` less than ten minutes ago. The address changes once the new one is verified with `POST /api/verify-email`. All sessions except the one that requested it end. The old address gets an email, with a link that undoes the change for 72 hours.',
        success: 202,
        errors: ['INVALID_CREDENTIALS', 'REAUTHENTICATION_REQUIRED', 'EMAIL_TAKEN'],
      },
    })
    .input(changeEmailInput)
    .output(acceptedOutput)
    .mutation(async ({ ctx, input }) => {
      await service.changeEmail(ctx, input);
      return { accepted: true as const };
    }),

  undoEmailChange: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/undo-email-change',
        tags,
        summary: 'Undo a change of email address with the token mailed to the old one',
        description:
          'Restores the old address, ends all sessions, makes the password and every other way to sign in invalid and mails a link to set a new one.',
        success: 204,
        errors: ['TOKEN_EXPIRED', 'EMAIL_TAKEN'],
      },
    })
    .input(undoEmailChangeInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.undoEmailChange(ctx, input)),

  unsubscribe: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/unsubscribe',
        tags,
        summary: 'Unsubscribe from referral emails with the token from their link',
        description: 'Needs no session, so that the link in a mail works in every browser.',
        success: 204,
        errors: ['TOKEN_EXPIRED'],
      },
    })
    .input(unsubscribeInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.unsubscribeFromReferralMail(ctx, input)),

  export: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/me/export',
        tags,
        summary: 'Export all your data',
        description: 'One JSON document with everything that is stored about you.',
      },
    })
    .input(noInput)
    .concat(freshlyProven)
    .output(accountExportOutput)
    .query(({ ctx }) => service.exportAccount(ctx)),
} satisfies TRPCRouterRecord;
