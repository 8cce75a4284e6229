import type { OpenedPage, PublicPage } from '@linkgrove/api';

/** How a page is cached: here, by its handle and `name`, and elsewhere. */
export type Delivery = {
  name: string;
  headers: Record<string, string>;
  /** The part of the page that everyone sees, if that is not all. */
  common?: PublicPage;
  /** Only for those who know its password. */
  isUnlocked?: boolean;
};

/** Long enough for shared caches to absorb a rush of visitors, too short for owners to wait for an edit. */
export const PUBLIC_DELIVERY: Delivery = {
  name: '',
  headers: { 'cache-control': 'public, max-age=1, stale-while-revalidate=1' },
};

const UNLOCKED_HEADERS = { 'cache-control': 'private, no-store', 'x-robots-tag': 'noindex' };

/** Countries are in no header that `Vary` could name, so no shared cache may keep a variant. */
const buildVariantHeaders = ({ device, languages }: OpenedPage['dimensions']): Record<string, string> => {
  const names = [...(languages.length > 0 ? ['Accept-Language'] : []), ...(device ? ['User-Agent'] : [])];
  const vary: Record<string, string> = names.length === 0 ? {} : { vary: names.join(', ') };
  return { 'cache-control': 'private, no-cache', ...vary };
};

export function createDelivery({ common, variant, isLocked, dimensions }: OpenedPage): Delivery {
  if (isLocked) return { name: `unlocked ${variant}`, headers: UNLOCKED_HEADERS, common, isUnlocked: true };
  return variant === ''
    ? PUBLIC_DELIVERY
    : { name: `variant ${variant}`, headers: buildVariantHeaders(dimensions), common };
}
