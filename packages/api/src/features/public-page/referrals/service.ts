import type { AppCtx } from '../../../core/context.ts';
import { loadPageReferrals, type PageReferralFinder } from '../../referrals/owner-links/service.ts';
import type { PublicBlockRow } from '../blocks/service.ts';
import type { PublicPage } from '../schema.ts';

const PRODUCT = 'Linkgrove';

type Shown = { pageId: string; workspaceId: string; madeWith?: boolean };

/** Reads nothing for pages that show no referral link. */
export function loadReferrals(
  ctx: AppCtx,
  { madeWith = false, ...page }: Shown,
  rows: PublicBlockRow[],
): Promise<PageReferralFinder> {
  const codes = rows.flatMap((row) => (row.type === 'referral' ? [row.data.code] : []));
  return loadPageReferrals(ctx, page, madeWith ? [null, ...codes] : codes);
}

/** Without a link that can be used it leads to the home page. */
export const toMadeWith = (
  { config }: Pick<AppCtx, 'config'>,
  madeWith: boolean,
  findReferral: PageReferralFinder,
): PublicPage['madeWith'] =>
  madeWith ? { product: PRODUCT, url: findReferral(null)?.url ?? `${config.appUrl}/` } : null;
