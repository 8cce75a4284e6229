import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { MemberCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { requireVersion } from '../../../core/http/etags.ts';
import { publishPageUpdated } from '../events/service.ts';
import { invalidateCachedPages } from '../handles/service.ts';
import type { Page } from '../schema.ts';
import { getPage, lockPage, requirePage, updatePageVersion } from '../service.ts';
import { type PageLock, updatePageLock } from './queries.ts';
import type { lockPageInput } from './schema.ts';

/** At once also with manual publishing, as it is no content. */
const changeLock = (ctx: MemberCtx, id: string, lock: PageLock | null): Promise<void> =>
  withTransaction(ctx, async (trx) => {
    requireVersion(ctx, (await lockPage(trx, id)).version, undefined);
    if (!(await updatePageLock(trx.db, id, lock))) return;
    await updatePageVersion(trx, id);
    await publishPageUpdated(trx, id, ['locked']);
    await invalidateCachedPages(trx, { pageId: id });
  });

/** Also locks out everyone who unlocked the page before. Throws `NOT_FOUND` and `PRECONDITION_FAILED`. */
export async function setPagePassword(
  ctx: MemberCtx,
  { id, password }: z.infer<typeof lockPageInput>,
): Promise<Page> {
  await requirePage(ctx, id);
  const hash = await ctx.passwords.hash(password);
  await changeLock(ctx, id, { id: generateId(), hash });
  return getPage(ctx, { id });
}

export const removePagePassword = (ctx: MemberCtx, { id }: { id: string }): Promise<void> =>
  changeLock(ctx, id, null);
