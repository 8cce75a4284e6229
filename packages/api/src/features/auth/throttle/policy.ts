/** The longest time that a name is blocked. */
const MAX_BLOCK_SECONDS = 24 * 60 * 60;

/** The blocks of a name are forgotten this long after its last window. */
export const STRIKE_RETENTION_SECONDS = 24 * 60 * 60;

/**
 * Returns how long each block of a name lasts, in seconds, by the number of earlier blocks; the last one repeats.
 * The first block ends with its window, the second lasts two windows, and each further one twice as long.
 */
export function listBlockSeconds(windowSeconds: number): number[] {
  const seconds = [0];
  for (let next = windowSeconds * 2; next < MAX_BLOCK_SECONDS; next *= 2) seconds.push(next);
  return [...seconds, MAX_BLOCK_SECONDS];
}
