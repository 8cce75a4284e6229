import type { AppCtx } from '../../../core/context.ts';
import { buildLinkUrl } from '../links/service.ts';
import { findCampaignOffer } from '../offers/service.ts';
import { buildPageLinkUrl } from '../sources/service.ts';
import * as queries from './queries.ts';

export type PageReferral = {
  /** Counts as a visit from the page. */
  url: string;
  /** How the referrer is called. */
  referrer: string;
  offer: ReferralOffer | null;
};
export type ReferralOffer = { referrerCredits: number; referredCredits: number };

/** By a chosen code, or null. Undefined if nobody would be credited. */
export type PageReferralFinder = (code: string | null) => PageReferral | undefined;

const NOTHING: PageReferralFinder = () => undefined;

/** Null while no campaign applies to the referrer, or if it promises nothing. */
async function findOffer(ctx: AppCtx, referrerId: string): Promise<ReferralOffer | null> {
  const offer = await findCampaignOffer(ctx, referrerId);
  if (!offer || offer.referrerCredits + offer.referredCredits === 0) return null;
  return { referrerCredits: offer.referrerCredits, referredCredits: offer.referredCredits };
}

/**
 * The links of a page: that of the owner of its workspace, or one that an owner chose. A code of anyone else, as after a page
 * has moved, counts as not chosen.
 */
export async function loadPageReferrals(
  ctx: AppCtx,
  { pageId, workspaceId }: { pageId: string; workspaceId: string },
  codes: (string | null)[],
): Promise<PageReferralFinder> {
  if (codes.length === 0) return NOTHING;
  const chosen = codes.filter((code) => code !== null);
  const rows = await queries.listOwnerLinkRows(ctx.db, { workspaceId, codes: chosen });
  const found = await Promise.all(
    rows.map(async ({ asked, ownerId, code, username, displayName, usable }) => ({
      asked,
      usable,
      referral: {
        url: buildPageLinkUrl(buildLinkUrl(ctx, code), pageId),
        referrer: displayName ?? `@${username}`,
        offer: await findOffer(ctx, ownerId),
      },
    })),
  );
  return (code) => {
    const row = found.find(({ asked }) => asked === code) ?? found.find(({ asked }) => asked === null);
    return row?.usable ? row.referral : undefined;
  };
}
