import type { TRPCRouterRecord } from '@trpc/server';
import { acceptedOutput } from '../../../core/text/validation.ts';
import { checkCaptcha } from '../../../trpc/captcha.ts';
import { publicProcedure } from '../../../trpc/init.ts';
import { answerSignIn } from '../completion/service.ts';
import { signedInOutput } from '../schema.ts';
import { loginLinkInput, parseLoginLinkProof, verifyLoginLinkInput } from './schema.ts';
import * as service from './service.ts';

const tags = ['Authentication'];

export const loginLinkRouter = {
  loginLink: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/login-link',
        tags,
        summary: 'Send an email to sign in without a password',
        description:
          'With a link for this browser and a code for any, both for ten minutes. The answer is the same whether or not the address belongs to an account.',
        success: 202,
        errors: ['RATE_LIMITED'],
      },
    })
    .input(loginLinkInput)
    .use(checkCaptcha)
    .output(acceptedOutput)
    .mutation(async ({ ctx, input }) => {
      await service.requestLoginLink(ctx, input);
      return { accepted: true as const };
    }),

  verifyLoginLink: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/login-link/verify',
        tags,
        summary: 'Sign in with a mailed link or code',
        description:
          'Takes the `token` of the link, in the browser that asked for it, or `email` and `code`, in any browser. Verifies the address; if it was not, the password and all other ways to sign in that were set before become invalid.',
        errors: [
          'TOKEN_EXPIRED',
          'INVALID_CREDENTIALS',
          'MFA_REQUIRED',
          'FORBIDDEN',
          'EMAIL_TAKEN',
          'RATE_LIMITED',
        ],
      },
    })
    .input(verifyLoginLinkInput)
    .output(signedInOutput)
    .mutation(async ({ ctx, input }) => {
      const tokens = await service.signInByMail(ctx, parseLoginLinkProof(input));
      return answerSignIn(ctx, tokens);
    }),
} satisfies TRPCRouterRecord;
