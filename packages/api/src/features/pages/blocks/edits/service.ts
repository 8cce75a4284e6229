import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppTrxCtx, MemberCtx } from '../../../../core/context.ts';
import { AppError, createValidationError } from '../../../../core/errors.ts';
import { createPacer } from '../../../../core/pacing.ts';
import {
  changeBlocks,
  createBlock,
  listAllBlocks,
  orderBlocks,
  trashBlock,
  updateBlock,
} from '../service.ts';
import type { BlockOperation, editBlocksInput, EditedBlocks } from './schema.ts';

type Edit = { ctx: AppTrxCtx & MemberCtx; pageId: string; idsByKey: Map<string, string> };

/** The same error, told of the operation that caused it. */
function locateError(error: unknown, index: number): unknown {
  if (!(error instanceof AppError)) return error;
  const path = `operations.${index}`;
  const errors = error.errors?.map((one) => ({ ...one, path: one.path ? `${path}.${one.path}` : path }));
  if (errors && error.code === 'VALIDATION_FAILED') return createValidationError(...errors);
  const own = { path, message: error.message, code: error.code.toLowerCase() };
  return new AppError(error.code, `${path}: ${error.message}`, { errors: errors ?? [own] });
}

function nameBlock({ idsByKey }: Edit, key: string | undefined, id: string): void {
  if (key === undefined) return;
  if (idsByKey.has(key))
    throw createValidationError({ path: 'key', message: 'Use each key once', code: 'repeated_key' });
  idsByKey.set(key, id);
}

/** Returns the ID of a new block. */
async function applyOperation(edit: Edit, operation: BlockOperation): Promise<string | undefined> {
  const { ctx, pageId, idsByKey } = edit;
  switch (operation.op) {
    case 'create': {
      const { op: _, key, ...members } = operation;
      const { id } = await createBlock(ctx, { ...members, id: pageId });
      nameBlock(edit, key, id);
      return id;
    }
    case 'update': {
      const { op: _, ...members } = operation;
      await updateBlock(ctx, members);
      return undefined;
    }
    case 'delete':
      await trashBlock(ctx, operation);
      return undefined;
    case 'order':
      await orderBlocks(ctx, { id: pageId, ids: operation.ids.map((id) => idsByKey.get(id) ?? id) });
      return undefined;
  }
}

/** All operations or none. Throws what they throw, with the path of the operation. */
export async function applyBlockEdits(
  ctx: MemberCtx,
  { id: pageId, operations }: z.infer<typeof editBlocksInput>,
): Promise<EditedBlocks> {
  const created: EditedBlocks['created'] = [];
  await withTransaction(ctx, (outer) =>
    changeBlocks(outer, pageId, async (trx) => {
      // Versions are those of the operations, and the answer has no ETag.
      const own = { ...trx, editedPageId: pageId, ifMatch: undefined, setEtag: () => {} };
      const edit: Edit = { ctx: own, pageId, idsByKey: new Map() };
      const pace = createPacer();
      for (const [index, operation] of operations.entries()) {
        await pace();
        try {
          const id = await applyOperation(edit, operation);
          const key = operation.op === 'create' ? (operation.key ?? null) : null;
          if (id !== undefined) created.push({ operation: index, key, id });
        } catch (error) {
          throw locateError(error, index);
        }
      }
    }),
  );
  return { items: await listAllBlocks(ctx, pageId), created };
}
