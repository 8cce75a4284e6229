import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { idempotent } from '../../../trpc/idempotency.ts';
import { memberProcedure } from '../../../trpc/init.ts';
import {
  blockOutput,
  blockListOutput,
  createBlockInput,
  blockIdInput,
  listBlocksInput,
  moveBlockInput,
  orderBlocksInput,
  updateBlockInput,
} from './schema.ts';
import { editBlocksInput, editBlocksOutput } from './edits/schema.ts';
import { applyBlockEdits } from './edits/service.ts';
import { transferBlockInput } from './moving/schema.ts';
import { transferBlock } from './moving/service.ts';
import * as service from './service.ts';

const openapi = { tags: ['Pages'] };

export const blocksRouter = {
  list: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/blocks',
        summary: 'List the blocks of a page',
        description: 'In order. Returns all of them unless you set a `limit`.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(listBlocksInput)
    .output(blockListOutput)
    .query(({ ctx, input }) => service.listBlocks(ctx, input)),

  create: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages/{id}/blocks',
        summary: 'Add a block to the end of a page',
        description: 'The members and `data` depend on `type`. A page can have 200 blocks.',
        versioned: true,
        success: 201,
        errors: ['NOT_FOUND', 'LIMIT_REACHED'],
      },
    })
    .input(createBlockInput)
    .concat(idempotent)
    .output(blockOutput)
    .mutation(({ ctx, input }) => service.createBlock(ctx, input)),

  get: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/blocks/{id}',
        summary: 'Get a block',
        description: 'With everything that its owner can set.',
        versioned: true,
        errors: ['NOT_FOUND'],
      },
    })
    .input(blockIdInput)
    .output(blockOutput)
    .query(({ ctx, input }) => service.getBlock(ctx, input)),

  update: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/blocks/{id}',
        summary: 'Change a block',
        versioned: true,
        description:
          'Send `If-Match` or `version` to refuse the change if someone else changed the block first.',
        errors: ['NOT_FOUND', 'PRECONDITION_FAILED'],
      },
    })
    .input(updateBlockInput)
    .output(blockOutput)
    .mutation(({ ctx, input }) => service.updateBlock(ctx, input)),

  delete: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/blocks/{id}',
        summary: 'Move a block into the trash',
        versioned: true,
        description: 'You can restore it for 30 days. The blocks of a group stay on the page.',
        success: 204,
        errors: ['NOT_FOUND', 'PRECONDITION_FAILED'],
      },
    })
    .input(blockIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.trashBlock(ctx, input)),

  restore: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/blocks/{id}/restore',
        summary: 'Restore a block from the trash',
        description:
          'Restores a block that was deleted in the last 30 days to its earlier place, and into its group if that is still there.',
        errors: ['NOT_FOUND', 'LIMIT_REACHED'],
      },
    })
    .input(blockIdInput)
    .output(blockOutput)
    .mutation(({ ctx, input }) => service.restoreBlock(ctx, input)),

  move: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/blocks/{id}/move',
        summary: 'Move a block behind another block or to the front',
        description:
          'Other blocks keep their order. `parentId` moves it into or out of a group at the same time.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(moveBlockInput)
    .output(blockOutput)
    .mutation(({ ctx, input }) => service.moveBlock(ctx, input)),

  transfer: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/blocks/{id}/transfer',
        summary: 'Move a block to the end of another page',
        description:
          'It keeps its ID, and with it its links. If visitors of its old page still see it by a publication, it gets a new ID.',
        errors: ['NOT_FOUND', 'LIMIT_REACHED'],
      },
    })
    .input(transferBlockInput)
    .output(blockOutput)
    .mutation(({ ctx, input }) => transferBlock(ctx, input)),

  edit: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages/{id}/blocks/edit',
        summary: 'Create, change, delete and order blocks at once',
        description:
          'All operations are done, or none. The `path` of each error names the operation and the member, such as `operations.2.url`.',
        errors: ['NOT_FOUND', 'LIMIT_REACHED', 'PRECONDITION_FAILED', 'CONFLICT'],
      },
    })
    .input(editBlocksInput)
    .output(editBlocksOutput)
    .mutation(({ ctx, input }) => applyBlockEdits(ctx, input)),

  order: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'PUT',
        path: '/api/pages/{id}/blocks/order',
        summary: 'Set the order of all blocks of a page',
        description:
          'List the ID of every block exactly once, those in groups too. `parents` moves blocks into and out of groups. Send `If-Match` with the version of the page to refuse the change if someone else changed it first.',
        versioned: true,
        errors: ['NOT_FOUND', 'PRECONDITION_FAILED'],
      },
    })
    .input(orderBlocksInput)
    .output(blockListOutput)
    .mutation(({ ctx, input }) => service.orderBlocks(ctx, input)),
} satisfies TRPCRouterRecord;
