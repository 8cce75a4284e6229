/** Not counting the trash. The check of `pages.slot` repeats it. */
export const MAX_PAGES = 20;

/** Not counting the trash. The constraint `pages_at_most_200_blocks` repeats it. */
export const MAX_BLOCKS = 200;

export const MAX_PROFILES = 30;

/** Of a user, held ones included. */
export const MAX_HANDLES = 60;

/** For redirects of replaced handles, and for handles of deleted pages. */
export const HANDLE_HOLD_DAYS = 90;

export const TRASH_DAYS = 30;

/** Per page; the ones deleted first make room. */
export const MAX_TRASHED_BLOCKS = 200;

export const PREVIEW_LINK_HOURS = 24;
