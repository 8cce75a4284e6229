import type { AppCtx } from '../../../core/context.ts';
import { readExpiringToken, signExpiringToken } from '../../../core/crypto/expiring-token.ts';
import { findBlockTarget, toPublicBlock } from '../blocks/service.ts';
import type { PublicBlockRow } from '../blocks/schema.ts';
import { findPublicBlock } from '../queries.ts';
import type { PublicBlock } from '../schema.ts';

/** As long as a visitor may take to answer what a gate asks. */
const PATIENCE_MS = 10 * 60_000;

/** What becomes of who follows the link of a block. */
export type LinkResolution =
  /** They are sent on. */
  | { kind: 'redirect'; blockId: string; url: string }
  /** They are asked first; `confirmation` lets them pass. */
  | { kind: 'gate'; handle: string; block: PublicBlock; confirmation: string }
  /** They are shown what the page held back. */
  | { kind: 'content'; handle: string; block: PublicBlock };

/**
 * Finds what the link of a block leads to, `place` telling which of several addresses. Undefined for a block
 * that visitors may not see now, and for an address that is not allowed.
 */
export async function resolveLink(
  ctx: AppCtx,
  input: { blockId: string; place?: number | undefined; confirmation?: string | undefined },
): Promise<LinkResolution | undefined> {
  const row = await findPublicBlock(ctx.db, input.blockId);
  const block = row && toPublicBlock(row, (_id, url) => url);
  if (!row || !block) return undefined;
  const { handle } = row;
  if (row.gate !== null && !isConfirmed(ctx, row.id, input.confirmation)) {
    const confirmation = signExpiringToken(ctx.gateSigner, row.id, new Date(Date.now() + PATIENCE_MS));
    return { kind: 'gate', handle, block, confirmation };
  }
  if (row.gate !== null && SHOWN.has(row.type)) {
    const released = toPublicBlock({ ...row, gate: null }, (_id, url) => url);
    return released && { kind: 'content', handle, block: released };
  }
  const url = findBlockTarget(row, input.place);
  return url === null ? undefined : { kind: 'redirect', blockId: row.id, url };
}

/** What is looked at rather than followed: behind a gate it is shown on a page of its own. */
const SHOWN = new Set<PublicBlockRow['type']>(['heading', 'text', 'image', 'social']);

const isConfirmed = (ctx: AppCtx, blockId: string, confirmation = ''): boolean =>
  readExpiringToken(ctx.gateSigner, confirmation) === blockId;
