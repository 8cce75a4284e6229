import type { TrxCtx } from '../../../../core/context.ts';
import { generateId } from '../../../../core/crypto/ids.ts';
import { requireAllowedHosts } from '../../../blocked-hosts/service.ts';
import { adjustBlockCount } from '../../service.ts';
import * as queries from '../queries.ts';
import { generateRankAfter } from '../ranks.ts';

/** The caller holds the page's lock. Throws `HOST_BLOCKED` and `LIMIT_REACHED`. */
export async function replaceBlocks(
  ctx: TrxCtx,
  pageId: string,
  blocks: queries.FileBlockRow[],
): Promise<void> {
  await requireAllowedHosts(ctx, blocks);
  await adjustBlockCount(ctx, pageId, -(await queries.markBlocksTrashed(ctx.db, pageId)));
  await queries.deleteExcessTrashedBlocks(ctx.db, pageId);
  await adjustBlockCount(ctx, pageId, blocks.length);
  let rank: string | null = null;
  const ids = blocks.map(() => generateId());
  const rows = blocks.map(({ group, ...block }, index): queries.NewBlock => {
    rank = generateRankAfter(rank);
    const parentId = group === null ? null : (ids[group] ?? null);
    return { ...block, id: ids[index] ?? generateId(), pageId, parentId, rank };
  });
  await queries.insertBlocks(ctx.db, rows);
}
