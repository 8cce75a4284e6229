import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { freshlyProven } from '../../trpc/fresh-proof.ts';
import { idempotent } from '../../trpc/idempotency.ts';
import { memberProcedure } from '../../trpc/init.ts';
import { limitAccountCalls } from '../../trpc/limit.ts';
import {
  createdKeyOutput,
  createKeyInput,
  keyIdInput,
  keyListOutput,
  keyOutput,
  listKeysInput,
  rotateKeyInput,
  updateKeyInput,
} from './schema.ts';
import * as service from './service.ts';

const tags = ['API keys'];

/** No key can make or manage keys. */
const keysProcedure = memberProcedure('keys:write');

export const keysRouter = {
  list: keysProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/keys',
        tags,
        summary: 'List API keys',
        description: 'Newest first, without the keys themselves. Deleted keys are not listed.',
      },
    })
    .input(listKeysInput)
    .output(keyListOutput)
    .query(({ ctx, input }) => service.listKeys(ctx, input)),

  create: keysProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/keys',
        tags,
        summary: 'Create an API key',
        description:
          'The key acts for you in one workspace, with your current role there and only within its scopes. It is shown only in this answer.',
        success: 201,
        errors: ['LIMIT_REACHED'],
      },
    })
    .input(createKeyInput)
    .concat(freshlyProven)
    .use(limitAccountCalls('keysAccount'))
    .concat(idempotent)
    .output(createdKeyOutput)
    .mutation(({ ctx, input }) => service.createKey(ctx, input)),

  update: keysProcedure
    .meta({
      openapi: {
        method: 'PATCH',
        path: '/api/keys/{id}',
        tags,
        summary: 'Change an API key',
        description:
          'Name, scopes, expiry and networks. A change shows within a second; the key itself stays the same.',
      },
    })
    .input(updateKeyInput)
    .concat(freshlyProven)
    .output(keyOutput)
    .mutation(({ ctx, input }) => service.updateKey(ctx, input)),

  delete: keysProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/keys/{id}',
        tags,
        summary: 'Delete an API key',
        description: 'It stops working within a second.',
        success: 204,
      },
    })
    .input(keyIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.revokeKey(ctx, input)),

  rotate: keysProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/keys/{id}/rotate',
        tags,
        summary: 'Replace an API key with a new one',
        description:
          'The new key has the same name, scopes and networks, and acts for you. The old one works until `grace` is over.',
        success: 201,
        errors: ['CONFLICT', 'LIMIT_REACHED'],
      },
    })
    .input(rotateKeyInput)
    .concat(freshlyProven)
    .use(limitAccountCalls('keysAccount'))
    .concat(idempotent)
    .output(createdKeyOutput)
    .mutation(({ ctx, input }) => service.rotateKey(ctx, input)),
} satisfies TRPCRouterRecord;
