/** Holds the terms of imported referrals, which pay nothing. Ended from the start, and in no list. */
export const IMPORTED_CAMPAIGN = '01900000-0000-7000-8000-000000000011';
export const IMPORTED_VERSION = '01900000-0000-7000-8000-000000000012';

/** Holds the terms of referrals to which no campaign applies: they are recorded and pay nothing. In no list. */
export const NO_CAMPAIGN = '01900000-0000-7000-8000-000000000021';

export const BUILT_IN_CAMPAIGNS: readonly string[] = [IMPORTED_CAMPAIGN, NO_CAMPAIGN];

export const MAX_NAMED_USERS = 1_000;

export const MAX_SIGNAL_WEIGHT = 100;
export const MAX_REVIEW_RISK = 1_000;
