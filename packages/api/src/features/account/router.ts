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
    .meta({ openapi: { method: 'GET', path: '/api/me', tags, summary: 'Who you are' } })
    .input(noInput)
    .output(userOutput)
    .query(({ ctx }) => service.getOwnUser(ctx)),

  update: authedProcedure
    .meta({
      openapi: {
        method: 'PATCH',
        path: '/api/me',
        tags,
        summary: 'Change your names',
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
        description: 'Everything of yours goes at once; the counts of whoever referred you stay.',
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
        description: 'All other sessions end, and a mail tells you.',
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
        summary: 'Move to another email address',
        description:
          'It changes when the new address is confirmed by `POST /api/verify-email`; the old one is told.',
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
        summary: 'End the mails about referrals, by the link in one of them',
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
        summary: 'Everything we hold about you',
      },
    })
    .input(noInput)
    .output(accountExportOutput)
    .query(({ ctx }) => service.exportAccount(ctx)),
} satisfies TRPCRouterRecord;
