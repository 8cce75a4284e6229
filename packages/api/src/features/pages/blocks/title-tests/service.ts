import type { z } from 'zod';
import type { MemberCtx } from '../../../../core/context.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Block } from '../schema.ts';
import { replaceBlock } from '../service.ts';
import { pickTitle } from './policy.ts';
import type { endTitleTestInput } from './schema.ts';

export { pickTitle } from './policy.ts';
export type { TitleTest, TitleVariant } from './schema.ts';

/** In one write. Throws `NOT_FOUND`, and `CONFLICT` if the block has no test. */
export const endTitleTest = (
  ctx: MemberCtx,
  { id, winner }: z.infer<typeof endTitleTestInput>,
): Promise<Block> =>
  replaceBlock(ctx, id, (block) => {
    const test = block.titleTest;
    if (test === null) throw new AppError('CONFLICT', 'The block has no test of titles');
    const hasPicture = winner === 'b' && test.thumbnailUrl !== null;
    const picked = pickTitle(block, test, winner);
    return { ...picked, ...(hasPicture && { thumbnailFileId: null }), titleTest: null };
  });
