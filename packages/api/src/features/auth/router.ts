import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { checkCaptcha } from '../../trpc/captcha.ts';
import { authedProcedure, publicProcedure } from '../../trpc/init.ts';
import { listMoreErrors } from '../../trpc/invalid-input.ts';
import { limitCalls } from '../../trpc/limit.ts';
import { acceptedOutput } from '../../core/text/validation.ts';
import {
  forgotPasswordInput,
  loginInput,
  noInput,
  registerInput,
  resetPasswordInput,
  signedInOutput,
  verifiedEmailOutput,
  verifyEmailInput,
} from './schema.ts';
import { answerSession, answerSignIn } from './completion/service.ts';
import { getVerification } from './email-token/service.ts';
import { verificationDetailsOutput } from './email-token/schema.ts';
import { completeSignUpInput, providerListOutput } from './providers/schema.ts';
import { listProviders } from './providers/service.ts';
import { reportSignIn } from './origins/reports/service.ts';
import { requestPasswordReset, resetPassword } from './password-reset/service.ts';
import { finishSignUp } from './providers/sign-up/service.ts';
import { findRegistrationErrors, registerUser } from './registration/service.ts';
import { finishChallenge } from './second-factor/challenge/service.ts';
import { loginMfaInput } from './second-factor/schema.ts';
import { signIn } from './service.ts';
import { endCurrentSession, refreshSession } from './session/service.ts';
import { rejectVerification, resendVerification, verifyEmail } from './verification/service.ts';

const tags = ['Authentication'];

export const authRouter = {
  register: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/register',
        tags,
        summary: 'Create an account and sign in',
        description:
          'Answers with an access token and sets the cookies of the session. Mails a link that verifies the address; until then, the account cannot publish pages. Makes a draft page with the username as its handle, and a first referral link.',
        success: 201,
        errors: [
          'EMAIL_TAKEN',
          'USERNAME_TAKEN',
          'INVALID_REFERRAL_CODE',
          'REFERRAL_CODE_EXPIRED',
          'SELF_REFERRAL',
          'RATE_LIMITED',
        ],
      },
    })
    .use(listMoreErrors(findRegistrationErrors))
    .input(registerInput)
    .use(limitCalls('register'))
    .use(checkCaptcha)
    .output(signedInOutput)
    .mutation(async ({ ctx, input }) => {
      const { user: newUser, tokens } = await registerUser(ctx, input);
      ctx.clearAttribution();
      return answerSignIn(ctx, tokens, newUser);
    }),

  login: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/login',
        tags,
        summary: 'Sign in with email address or username',
        description:
          "Answers with an access token and sets the cookies of the session. A session that the request's cookies belong to ends. With a second factor, the answer is `MFA_REQUIRED` with an `mfaToken` for `POST /api/login/mfa`.",
        errors: ['INVALID_CREDENTIALS', 'MFA_REQUIRED', 'RATE_LIMITED'],
      },
    })
    .input(loginInput)
    .output(signedInOutput)
    .mutation(async ({ ctx, input }) => answerSignIn(ctx, await signIn(ctx, input))),

  loginMfa: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/login/mfa',
        tags,
        summary: 'Finish signing in with a code',
        description:
          'After `MFA_REQUIRED`: takes a code from the authenticator app or a recovery code, each of which works once. Wrong codes count together with wrong passwords.',
        errors: ['INVALID_CREDENTIALS', 'TOKEN_EXPIRED', 'RATE_LIMITED'],
      },
    })
    .input(loginMfaInput)
    .output(signedInOutput)
    .mutation(async ({ ctx, input }) => answerSignIn(ctx, await finishChallenge(ctx, input))),

  refresh: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/refresh',
        tags,
        summary: 'Exchange the refresh cookie for new tokens',
        description: 'The previous token still works for ten seconds. Using it later ends the session.',
        errors: ['UNAUTHENTICATED', 'SESSION_EXPIRED'],
      },
    })
    .input(noInput)
    .output(signedInOutput)
    .mutation(async ({ ctx }) => answerSession(ctx, await refreshSession(ctx))),

  logout: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/logout',
        tags,
        summary: 'End the current session',
        description: 'Deletes the cookies. Succeeds without a session too.',
        success: 204,
      },
    })
    .input(noInput)
    .output(z.void())
    .mutation(async ({ ctx }) => {
      await endCurrentSession(ctx);
      ctx.clearSessionCookies();
    }),

  providers: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/auth/providers',
        tags,
        summary: 'List the providers to sign in with',
        description:
          'Open `GET /api/auth/{provider}?redirect=&referralCode=` in the browser to sign in or sign up with one of them. It comes back to `redirect` with the cookies of the session, or with `?error=` and a code.',
      },
    })
    .input(noInput)
    .output(providerListOutput)
    .query(({ ctx }) => listProviders(ctx)),

  completeSignUp: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/auth/sign-up',
        tags,
        summary: 'Choose a username after a sign-up with a provider',
        description:
          'For a browser that came back from a provider with `error=USERNAME_TAKEN`. Works for half an hour, in that browser only, and answers as a sign-in does.',
        success: 201,
        errors: [
          'TOKEN_EXPIRED',
          'EMAIL_TAKEN',
          'USERNAME_TAKEN',
          'INVALID_REFERRAL_CODE',
          'REFERRAL_CODE_EXPIRED',
          'SELF_REFERRAL',
          'RATE_LIMITED',
        ],
      },
    })
    .input(completeSignUpInput)
    .output(signedInOutput)
    .mutation(async ({ ctx, input }) => {
      const { user: newUser, tokens } = await finishSignUp(ctx, input);
      return answerSignIn(ctx, tokens, newUser);
    }),

  verifyEmail: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/verify-email',
        tags,
        summary: 'Verify an email address with the mailed token',
        description:
          'Verifies the address of a new account, or completes a change of address. A link that was opened before fails with `TOKEN_EXPIRED`; if the address is verified, `errors` has the code `already_verified`.',
        errors: ['TOKEN_EXPIRED', 'EMAIL_TAKEN'],
      },
    })
    .input(verifyEmailInput)
    .output(verifiedEmailOutput)
    .mutation(async ({ ctx, input }) => ({ user: await verifyEmail(ctx, input) })),

  declineVerification: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/verify-email/decline',
        tags,
        summary: 'Say that you did not ask for a verification mail',
        description:
          'Deletes the unverified account that was made with your address and ends its sessions, or cancels the change to your address.',
        success: 204,
        errors: ['TOKEN_EXPIRED'],
      },
    })
    .input(verifyEmailInput)
    .output(z.void())
    .mutation(({ ctx, input }) => rejectVerification(ctx, input)),

  verificationDetails: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/verify-email/details',
        tags,
        summary: 'Show when and from where the account behind a mailed token was made',
        description:
          'For the page that asks "Did you create this account?" before it verifies the address or declines. Changes nothing.',
        errors: ['TOKEN_EXPIRED'],
      },
    })
    .input(verifyEmailInput)
    .output(verificationDetailsOutput)
    .mutation(({ ctx, input }) => getVerification(ctx, input)),

  resendVerification: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/resend-verification',
        tags,
        summary: 'Send another verification email',
        description: 'Does nothing if the address is verified already.',
        success: 202,
        errors: ['RATE_LIMITED'],
      },
    })
    .input(noInput)
    .output(acceptedOutput)
    .mutation(async ({ ctx }) => {
      await resendVerification(ctx);
      return { accepted: true as const };
    }),

  forgotPassword: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/forgot-password',
        tags,
        summary: 'Send an email to reset a password',
        description: 'The answer is the same whether or not the address belongs to an account.',
        success: 202,
        errors: ['RATE_LIMITED'],
      },
    })
    .input(forgotPasswordInput)
    .use(checkCaptcha)
    .output(acceptedOutput)
    .mutation(async ({ ctx, input }) => {
      await requestPasswordReset(ctx, input);
      return { accepted: true as const };
    }),

  resetPassword: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/reset-password',
        tags,
        summary: 'Set a new password with the mailed token',
        description: 'Ends all sessions of the user.',
        success: 204,
        errors: ['TOKEN_EXPIRED'],
      },
    })
    .input(resetPasswordInput)
    .output(z.void())
    .mutation(({ ctx, input }) => resetPassword(ctx, input)),

  reportSignIn: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/report-sign-in',
        tags,
        summary: 'Say that a sign-in was not yours, with the token of the mail about it',
        description:
          'Ends its session, those that began later and the trust in its browser, and deletes the ways to sign in, API keys and webhooks that were added since. A password that was used for it, or changed since, stops working. Mails a link to choose a new one.',
        success: 204,
        errors: ['TOKEN_EXPIRED'],
      },
    })
    .input(verifyEmailInput)
    .output(z.void())
    .mutation(({ ctx, input }) => reportSignIn(ctx, input)),
} satisfies TRPCRouterRecord;
