export const ANSWER_HOURS = 24;

/** Pauses between looks at a key that is in use, so that a double click gets the answer and not an error. */
export const IN_PROGRESS_PAUSES_MS = [50, 100, 200, 400, 800];
export const RETRY_AFTER_SECONDS = 1;

export const DELETION_BATCH = 1_000;

/** Visible ASCII, without the space. */
export const IDEMPOTENCY_KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;
