import type { LinkOrigin } from '../../../core/capture/capture.ts';
import type { AppCtx, TrxCtx } from '../../../core/context.ts';
import { isUuid } from '../../../core/crypto/ids.ts';
import * as queries from './queries.ts';

/** The parameters of a link that say where it was found. */
export const buildPageLinkUrl = (url: string, pageId: string): string => `${url}?page=${pageId}`;
export const buildScannedLinkUrl = (url: string): string => `${url}?via=qr`;

/** Undefined for a page that is not in a workspace of the link's owner: anyone can write the parameters. */
export async function findLinkOrigin(
  ctx: AppCtx,
  { ownerId }: { ownerId: string },
  { page, via }: Record<string, unknown>,
): Promise<LinkOrigin | undefined> {
  if (typeof page !== 'string' || !isUuid(page)) return via === 'qr' ? { source: 'qr' } : undefined;
  const found = await queries.findOwnedPageRow(ctx.db, { pageId: page, userId: ownerId });
  return found && { source: 'page', pageId: page.toLowerCase(), workspaceId: found.workspaceId };
}

export const rollUpSourceDeltas = (ctx: TrxCtx, limit: number): Promise<void> =>
  queries.rollUpSourceDeltaRows(ctx.db, limit);
