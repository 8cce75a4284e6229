/** More open reports of a page are counted, but not stored. */
export const MAX_OPEN_REPORTS = 100;

export const MAX_DETAILS_LENGTH = 2_000;
export const MAX_NOTE_LENGTH = 1_000;
export const MAX_APPEAL_LENGTH = 2_000;
