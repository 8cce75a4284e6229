import { isbot } from 'isbot';
import type { AppCtx, Ctx } from '../../../core/context.ts';
import { findUsable } from '../links/service.ts';
import * as referrals from '../queries.ts';
import { forgetStats } from '../stats/service.ts';

/** What is known of who opens a referral link. */
export type Visit = { code: string; address: string; userAgent: string | undefined; isPrefetch: boolean };

// Codes have no dot, so the parts of the cookie are told apart by it.
const SEPARATOR = '.';

/**
 * Counts a visit to a referral link and returns what the client keeps to be remembered by, signed; undefined
 * where the code cannot be used. Bots, prefetches and reloads within the hour are not counted.
 */
export async function recordVisit(ctx: AppCtx, visit: Visit): Promise<string | undefined> {
  const link = await findUsable(ctx, visit.code);
  if (!link) return undefined;
  const { code, address, userAgent = '' } = visit;
  const isPerson = userAgent !== '' && !isbot(userAgent) && !visit.isPrefetch;
  if (isPerson && ctx.isNewVisitor(link.id, address, userAgent)) {
    await referrals.appendDelta(ctx.db, { referrerId: link.ownerId, linkId: link.id, visits: 1 });
    await forgetStats(ctx, link.ownerId);
  }
  return ctx.attributionSigner.sign([code, Math.floor(Date.now() / 1_000)].join(SEPARATOR));
}

/** The code of the last referral link the client has visited within `REFERRAL_WINDOW`; undefined if there is none. */
export function readAttribution(ctx: Ctx): string | undefined {
  const text = ctx.attribution && ctx.attributionSigner.verify(ctx.attribution);
  if (!text) return undefined;
  const [code, visitedAt] = text.split(SEPARATOR);
  const age = Date.now() / 1_000 - Number(visitedAt);
  return age < ctx.config.referralWindowSeconds ? code : undefined;
}
