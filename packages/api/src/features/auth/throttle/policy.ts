import type { Budget } from '../../../core/limits/budgets.ts';

const MAX_BLOCK_SECONDS = 24 * 60 * 60;

/** After the last window. */
export const STRIKE_RETENTION_SECONDS = 24 * 60 * 60;

/** By the number of earlier blocks: until the window ends, then two windows, four, …; the last one repeats. */
export function listBlockSeconds(windowSeconds: number): number[] {
  const seconds = [0];
  for (let next = windowSeconds * 2; next < MAX_BLOCK_SECONDS; next *= 2) seconds.push(next);
  return [...seconds, MAX_BLOCK_SECONDS];
}

/** For a locked page and one client; right and wrong passwords count alike. */
export const UNLOCK_BUDGET: Budget = { points: 10, seconds: 300 };
/** Wrong passwords of a locked page, wherever they come from. */
export const WRONG_UNLOCKS_BUDGET: Budget = { points: 500, seconds: 3_600 };

/** After the last sign-in to the account. */
export const KNOWN_DEVICE_DAYS = 90;
/** After the last use of a session in the network. */
export const KNOWN_NETWORK_DAYS = 30;
