/** Captures and events that a process holds at most; more are counted as dropped. */
export const MAX_BUFFERED = 20_000;
/** Pages and reasons for which a process sums up excluded events between two batches. */
export const MAX_TALLIES = 10_000;
export const FLUSH_MS = 1_000;
export const FLUSH_EVENTS = 500;
export const MAX_BATCH_EVENTS = 1_000;

/** Views and clicks on a page by one visitor; more are repeats. */
export const MAX_PER_MINUTE = 60;
/** Visitors whose last minute a process remembers. */
export const MAX_REMEMBERED_VISITORS = 20_000;
/** How long a click takes over the referrer of its visitor's view. */
export const SOURCE_MINUTES = 30;

export const SLOT_SECONDS = 900;

/** The salt of a day is destroyed, and its visitors are forgotten, after this many days. */
export const SALT_DAYS = 2;

/** Events that are older when they are written remove the segments that lack them. */
export const LATE_SECONDS = 300;
/** A segment ends with the UTC day that brings it to this size, as whole days are counted faster, */
export const DAY_SEGMENT_EVENTS = 4_096;
/** or with the quarter of an hour that brings it to this one. */
export const MAX_SEGMENT_EVENTS = 65_536;
/** So many new events are worth a segment. */
export const MIN_SEGMENT_EVENTS = 256;
/** Names of a dimension that are stored for a month; more are added up. */
export const MAX_STORED_NAMES = 200;
