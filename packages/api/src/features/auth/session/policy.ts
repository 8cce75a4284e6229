/** A new session beyond this number ends the oldest one. */
export const MAX_SESSIONS_PER_USER = 50;
/** Sensitive changes need the password again after this time. */
export const REAUTHENTICATION_MINUTES = 10;
/** A session ends this long after its last refresh. */
export const SESSION_IDLE_DAYS = 30;
/** A session ends this long after it began, however often it is refreshed. */
export const SESSION_MAX_DAYS = 180;
/** A replaced refresh token still works for this long, so that parallel tabs stay signed in. */
export const REFRESH_GRACE_SECONDS = 10;
/** The last use of a session is stored at most this often. */
export const LAST_USE_INTERVAL_SECONDS = 60;
/** The last use of a device is stored at most this often. */
export const DEVICE_USE_INTERVAL_HOURS = 24;
/** Ended sessions are deleted after this time. */
export const ENDED_SESSION_RETENTION_DAYS = 30;
/** Unused devices are deleted after this time. */
export const DEVICE_RETENTION_DAYS = 90;
