import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { authedProcedure, publicProcedure } from '../../trpc/init.ts';
import { acceptedOutput, noInput } from '../auth/schema.ts';
import { userOutput } from '../users/schema.ts';
import {
  accountExportOutput,
  changeEmailInput,
  changePasswordInput,
  deleteAccountInput,
  unsubscribeInput,
  updateAccountInput,
} from './schema.ts';
import * as service from './service.ts';

const tags = ['Account'];

export const accountRouter = {
  me: authedProcedure
    .meta({ openapi: { method: 'GET', path: '/api/me', tags, summary: 'Get your account' } })
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
        errors: ['USERNAME_TAKEN', 'LIMIT_REACHED'],
      },
    })
    .input(updateAccountInput)
    .output(userOutput)
    .mutation(({ ctx, input }) => service.updateAccount(ctx, input)),

  delete: authedProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/me',
        tags,
        summary: 'Delete your account',
        description: 'Deletes your personal data at once. The counts of your referrer stay.',
        success: 204,
        errors: ['INVALID_CREDENTIALS'],
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
        description: 'Ends all other sessions and sends you an email.',
        success: 204,
        errors: ['INVALID_CREDENTIALS'],
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
          'The address changes once the new one is verified with `POST /api/verify-email`. The old one gets an email, too.',
        success: 202,
        errors: ['INVALID_CREDENTIALS', 'EMAIL_TAKEN'],
      },
    })
    .input(changeEmailInput)
    .output(acceptedOutput)
    .mutation(async ({ ctx, input }) => {
      await service.changeEmail(ctx, input);
      return { accepted: true as const };
    }),

  unsubscribe: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/unsubscribe',
        tags,
        summary: 'Unsubscribe from referral emails with the token from their link',
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
      },
    })
    .input(noInput)
    .output(accountExportOutput)
    .query(({ ctx }) => service.exportAccount(ctx)),
} satisfies TRPCRouterRecord;
