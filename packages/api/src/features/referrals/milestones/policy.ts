/** More than the transactions that run at once: a success that is further from a milestone cannot reach it. */
export const NEAR_SUCCESSES = 200;

/** For one call, because each referrer is paid in a transaction of their own. */
export const MAX_PAID_REFERRERS = 500;
