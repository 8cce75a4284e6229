/** Holds the terms of imported referrals, which pay nothing. Ended from the start, and in no list. */
export const IMPORTED_CAMPAIGN = '01900000-0000-7000-8000-000000000011';
export const IMPORTED_VERSION = '01900000-0000-7000-8000-000000000012';
