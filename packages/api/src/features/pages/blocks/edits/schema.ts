import { z } from 'zod';
import { MAX_BLOCKS } from '../../policy.ts';
import { BLOCK_TYPES, blockMembers, blockOutput, blockVersion } from '../schema.ts';

const MAX_OPERATIONS = 400;

const key = z
  .string()
  .regex(/^[A-Za-z][\w-]{0,31}$/, { error: 'Use a letter, then letters, digits, - or _' })
  .describe('A name for the new block, by which `order` can list it');

const operation = z
  .discriminatedUnion('op', [
    z
      .strictObject({
        op: z.enum(['create']),
        key: key.optional(),
        type: z.enum(BLOCK_TYPES),
        ...blockMembers,
      })
      .meta({ id: 'CreateBlockOperation' }),
    z
      .strictObject({
        op: z.enum(['update']),
        id: z.uuid(),
        version: blockVersion.optional(),
        ...blockMembers,
      })
      .meta({ id: 'UpdateBlockOperation' }),
    z.strictObject({ op: z.enum(['delete']), id: z.uuid() }).meta({ id: 'DeleteBlockOperation' }),
    z
      .strictObject({
        op: z.enum(['order']),
        ids: z
          .array(z.string().max(64))
          .max(MAX_BLOCKS)
          .describe('Every block that the page has by then, by its ID or key, exactly once'),
      })
      .meta({ id: 'OrderBlocksOperation' }),
  ])
  .meta({ id: 'BlockOperation' });
export type BlockOperation = z.infer<typeof operation>;

export const editBlocksInput = z
  .strictObject({
    id: z.uuid().describe('The id of the page'),
    operations: z.array(operation).min(1).max(MAX_OPERATIONS).describe('Done one after the other'),
  })
  .meta({ id: 'EditBlocksInput' });

export const editBlocksOutput = z
  .object({
    items: z.array(blockOutput).describe('All blocks of the page, in order'),
    created: z
      .array(
        z
          .object({ operation: z.number().int(), key: z.string().nullable(), id: z.uuid() })
          .meta({ id: 'CreatedBlock' }),
      )
      .describe('Which operation made which block'),
  })
  .meta({ id: 'EditedBlocks' });
export type EditedBlocks = z.infer<typeof editBlocksOutput>;
