import { isDeepStrictEqual } from 'node:util';
import type { TrxCtx, UserCtx } from '../../../../core/context.ts';
import { generateId } from '../../../../core/crypto/ids.ts';
import { findNewestVersion, insertVersion, type NewVersion } from '../queries.ts';

/** Returns the newest version instead if it says the same. The caller holds the page's lock. */
export async function keepVersion(
  ctx: TrxCtx & UserCtx,
  pageId: string,
  version: Pick<NewVersion, 'reason' | 'note' | 'content'>,
): Promise<string> {
  const newest = await findNewestVersion(ctx.db, pageId);
  const isSame = newest !== undefined && isDeepStrictEqual(newest.content, version.content);
  if (isSame && version.note === null) return newest.id;
  const id = generateId();
  const { userId } = ctx.principal;
  await insertVersion(ctx.db, { ...version, id, pageId, userId, number: (newest?.number ?? 0) + 1 });
  return id;
}
