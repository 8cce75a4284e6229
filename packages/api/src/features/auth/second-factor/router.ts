import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { freshlyProven } from '../../../trpc/fresh-proof.ts';
import { authedProcedure } from '../../../trpc/init.ts';
import { noInput } from '../schema.ts';
import { confirmTotpInput, recoveryCodesOutput, removeTotpInput, totpSetupOutput } from './schema.ts';
import * as service from './service.ts';
import { trustedDeviceIdInput, trustedDeviceListOutput } from './trusted-devices/schema.ts';
import { endTrustedDevice, listTrustedDevices } from './trusted-devices/service.ts';

const tags = ['Second factor'];

export const secondFactorRouter = {
  setUpTotp: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/me/totp',
        tags,
        summary: 'Get a secret for an authenticator app',
        description:
          'Changes nothing yet: the second factor is active once a code is confirmed, within 30 minutes.',
        errors: ['CONFLICT'],
      },
    })
    .input(noInput)
    .concat(freshlyProven)
    .output(totpSetupOutput)
    .mutation(({ ctx }) => service.setUpTotp(ctx)),

  confirmTotp: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/me/totp/confirm',
        tags,
        summary: 'Turn on two-step sign-in with a code from the app',
        description:
          'Answers with ten recovery codes, which are shown only here. All other sessions end, and you get an email.',
        errors: ['INVALID_CREDENTIALS', 'CONFLICT', 'RATE_LIMITED'],
      },
    })
    .input(confirmTotpInput)
    .output(recoveryCodesOutput)
    .mutation(({ ctx, input }) => service.confirmTotp(ctx, input)),

  removeTotp: authedProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/me/totp',
        tags,
        summary: 'Turn off two-step sign-in',
        description:
          'The code is the proof that this needs. Recovery codes and trusted devices end too, and you get an email.',
        success: 204,
        errors: ['INVALID_CREDENTIALS', 'NOT_FOUND', 'RATE_LIMITED'],
      },
    })
    .input(removeTotpInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.removeTotp(ctx, input)),

  replaceRecoveryCodes: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/me/recovery-codes',
        tags,
        summary: 'Replace all recovery codes',
        description: 'The earlier codes stop working, trusted devices end, and you get an email.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(noInput)
    .concat(freshlyProven)
    .output(recoveryCodesOutput)
    .mutation(({ ctx }) => service.replaceRecoveryCodes(ctx)),

  trustedDevices: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/me/trusted-devices',
        tags,
        summary: 'List the browsers that need no code',
        description: 'Newest first, 20 at most. Each is trusted for 30 days.',
      },
    })
    .input(noInput)
    .output(trustedDeviceListOutput)
    .query(({ ctx }) => listTrustedDevices(ctx)),

  endTrustedDevice: authedProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/me/trusted-devices/{id}',
        tags,
        summary: 'Stop trusting a browser',
        description: 'Its sessions go on; its next sign-in asks for a code.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(trustedDeviceIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => endTrustedDevice(ctx, input)),
} satisfies TRPCRouterRecord;
