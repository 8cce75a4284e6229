/** How a page is cached: here, by its handle and `name`, and elsewhere. */
export type Delivery = { name: string; headers: Record<string, string> };

/** Long enough for shared caches to absorb a rush of visitors, too short for owners to wait for an edit. */
export const PUBLIC_DELIVERY: Delivery = {
  name: '',
  headers: { 'cache-control': 'public, max-age=1, stale-while-revalidate=1' },
};

export const UNLOCKED_DELIVERY: Delivery = {
  name: 'unlocked',
  headers: { 'cache-control': 'private, no-store', 'x-robots-tag': 'noindex' },
};
