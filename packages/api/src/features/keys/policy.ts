/** Of a workspace, replaced ones that have not ended included. */
export const MAX_KEYS = 100;
export const MAX_NETWORKS = 50;

export const DEFAULT_LIFETIME_DAYS = 365;
export const MAX_LIFETIME_YEARS = 2;

export const DEFAULT_GRACE = '24h';
export const MAX_GRACE_SECONDS = 7 * 86_400;

export const KEY_USE_INTERVAL_SECONDS = 60;

/** Until then its holder learns why the key no longer works. */
export const ENDED_KEY_RETENTION_DAYS = 30;
