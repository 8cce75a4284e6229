import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { freshlyProven } from '../../../trpc/fresh-proof.ts';
import { checkCaptcha } from '../../../trpc/captcha.ts';
import { authedProcedure, publicProcedure } from '../../../trpc/init.ts';
import { idempotent } from '../../../trpc/idempotency.ts';
import { limitCalls } from '../../../trpc/limit.ts';
import { answerSignIn } from '../completion/service.ts';
import { noInput, signedInOutput } from '../schema.ts';
import {
  authenticatePasskeyInput,
  creationOptionsOutput,
  passkeyIdInput,
  passkeyListOutput,
  passkeyOutput,
  registerPasskeyInput,
  renamePasskeyInput,
  requestOptionsOutput,
} from './schema.ts';
import * as service from './service.ts';

const tags = ['Passkeys'];

export const passkeysRouter = {
  registrationOptions: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/passkeys/registration/options',
        tags,
        summary: 'Get the options for a new passkey',
        description: 'For `navigator.credentials.create`, as JSON; good for five minutes and one answer.',
        errors: ['LIMIT_REACHED'],
      },
    })
    .input(noInput)
    .concat(freshlyProven)
    .output(creationOptionsOutput)
    .mutation(({ ctx }) => service.createRegistrationOptions(ctx)),

  register: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/passkeys/registration/verify',
        tags,
        summary: 'Add a passkey',
        description:
          'Takes what the browser answered, as `toJSON()` gives it, with a `name` if you like. You get an email.',
        success: 201,
        errors: ['TOKEN_EXPIRED', 'CONFLICT', 'LIMIT_REACHED'],
      },
    })
    .input(registerPasskeyInput)
    .concat(idempotent)
    .output(passkeyOutput)
    .mutation(({ ctx, input }) => service.registerPasskey(ctx, input)),

  authenticationOptions: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/passkeys/authentication/options',
        tags,
        summary: 'Get the options for signing in with a passkey',
        description:
          'For `navigator.credentials.get`, as JSON, also with conditional mediation. The browser knows which passkeys there are, so no name is needed.',
        errors: ['RATE_LIMITED'],
      },
    })
    .input(noInput)
    .use(limitCalls('passkeys'))
    .use(checkCaptcha)
    .output(requestOptionsOutput)
    .mutation(({ ctx }) => service.createAuthenticationOptions(ctx)),

  authenticate: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/passkeys/authentication/verify',
        tags,
        summary: 'Sign in with a passkey',
        description:
          'Takes what the browser answered, as `toJSON()` gives it. Answers like `POST /api/login`, without asking for a second factor: the passkey has verified its user.',
        errors: ['INVALID_CREDENTIALS', 'TOKEN_EXPIRED', 'FORBIDDEN', 'RATE_LIMITED'],
      },
    })
    .input(authenticatePasskeyInput)
    .use(limitCalls('passkeys'))
    .output(signedInOutput)
    .mutation(async ({ ctx, input }) => answerSignIn(ctx, await service.signInWithPasskey(ctx, input))),

  list: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/passkeys',
        tags,
        summary: 'List your passkeys',
        description: 'Newest first, 10 at most.',
      },
    })
    .input(noInput)
    .output(passkeyListOutput)
    .query(({ ctx }) => service.listPasskeys(ctx)),

  rename: authedProcedure
    .meta({
      openapi: {
        method: 'PATCH',
        path: '/api/passkeys/{id}',
        tags,
        summary: 'Rename a passkey',
        description: 'The name is for you; the passkey itself stays the same.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(renamePasskeyInput)
    .output(passkeyOutput)
    .mutation(({ ctx, input }) => service.renamePasskey(ctx, input)),

  delete: authedProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/passkeys/{id}',
        tags,
        summary: 'Remove a passkey',
        description: 'Its sessions go on, and you get an email.',
        success: 204,
        errors: ['NOT_FOUND', 'LAST_SIGN_IN_METHOD'],
      },
    })
    .input(passkeyIdInput)
    .concat(freshlyProven)
    .output(z.void())
    .mutation(({ ctx, input }) => service.deletePasskey(ctx, input)),
} satisfies TRPCRouterRecord;
