/** The longest time that an account is blocked for a client, or for all strangers. */
const MAX_BLOCK_SECONDS = 24 * 60 * 60;

/** Blocks are forgotten this long after the last window. */
export const STRIKE_RETENTION_SECONDS = 24 * 60 * 60;

/**
 * Returns how long each block lasts, in seconds, by the number of earlier blocks; the last one repeats.
 * The first block ends with its window, the second lasts two windows, and each further one twice as long.
 */
export function listBlockSeconds(windowSeconds: number): number[] {
  const seconds = [0];
  for (let next = windowSeconds * 2; next < MAX_BLOCK_SECONDS; next *= 2) seconds.push(next);
  return [...seconds, MAX_BLOCK_SECONDS];
}

/** A device that signed in to an account is known to it for this long after its last sign-in. */
export const KNOWN_DEVICE_DAYS = 90;
/** A network in which an account had a session is known to it for this long after the last use of one. */
export const KNOWN_NETWORK_DAYS = 30;
