export const MAX_SESSIONS_PER_USER = 50;
export const REAUTHENTICATION_MINUTES = 10;
/** So that parallel tabs stay signed in. */
export const REFRESH_GRACE_SECONDS = 10;
export const LAST_USE_INTERVAL_SECONDS = 60;
export const DEVICE_USE_INTERVAL_HOURS = 24;
export const ENDED_SESSION_RETENTION_DAYS = 30;
export const DEVICE_RETENTION_DAYS = 90;

/** For a sign-in with the password alone (RFC 8176). */
export const PASSWORD_AMR: readonly string[] = ['pwd'];
