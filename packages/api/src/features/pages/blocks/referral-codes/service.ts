import type { TrxCtx } from '../../../../core/context.ts';
import { createValidationError } from '../../../../core/errors.ts';
import type { BlockContentRow } from '../queries.ts';
import * as queries from './queries.ts';

const findCode = (block: BlockContentRow | undefined): string | null =>
  block?.type === 'referral' ? block.data.code : null;

/** Nobody can choose who else is credited. Throws `VALIDATION_FAILED`. */
export async function requireOwnerCode(
  ctx: TrxCtx,
  { workspaceId }: { workspaceId: string },
  block: BlockContentRow,
  before?: BlockContentRow,
): Promise<void> {
  const code = findCode(block);
  if (code === null || code === findCode(before)) return;
  if (await queries.hasOwnerCode(ctx.db, { workspaceId, code })) return;
  const message = "Choose a referral code of one of the workspace's owners";
  throw createValidationError({ path: 'data.code', message, code: 'unknown_code' });
}

/** After blocks came from elsewhere: from then on they have the link of the owner. Returns the titles of those changed. */
export const dropForeignCodes = (ctx: TrxCtx, pageId: string): Promise<(string | null)[]> =>
  queries.clearForeignCodes(ctx.db, pageId);
