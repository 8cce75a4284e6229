/** Pages per user, not counting the trash. The check of `pages.slot` repeats it. */
export const MAX_PAGES = 20;

/** Blocks per page, not counting the trash. The constraint `pages_at_most_200_blocks` repeats it. */
export const MAX_BLOCKS = 200;

export const MAX_PROFILES = 30;

/** Handles of a user, held ones included. */
export const MAX_HANDLES = 60;

/** How long a replaced handle redirects to its page, or the handle of a deleted page is held for its owner. */
export const HANDLE_HOLD_DAYS = 90;

/** How long pages and blocks stay in the trash. */
export const TRASH_DAYS = 30;

/** Blocks in the trash of a page; the ones deleted first make room. */
export const MAX_TRASHED_BLOCKS = 200;

export const PREVIEW_LINK_HOURS = 24;
