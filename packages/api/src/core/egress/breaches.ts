import { createHash } from 'node:crypto';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';

const PREFIX_LENGTH = 5;
const DEADLINE_MS = 1_000;

/** True if the password is known from a breach. False also if the service is not set or does not answer in time. */
export type BreachLookup = (password: string) => Promise<boolean>;

/** Each line is the rest of a hash and how often it was seen; padding was never seen. */
const isListed = (lines: string, rest: string): boolean =>
  lines.split('\n').some((line) => {
    const [listed, count] = line.trim().split(':');
    return listed?.toUpperCase() === rest && Number(count) > 0;
  });

/** Sends the first five digits of the SHA-1 only, which hundreds of passwords share (k-anonymity). */
export function createBreachLookup(
  url: string | undefined,
  { logger, metrics }: { logger: Logger; metrics: Metrics },
): BreachLookup {
  if (url === undefined) return async () => false;
  return async (password) => {
    const hash = createHash('sha1').update(password).digest('hex').toUpperCase();
    try {
      const response = await fetch(`${url}/${hash.slice(0, PREFIX_LENGTH)}`, {
        headers: { 'add-padding': 'true', 'user-agent': 'Linkgrove' },
        redirect: 'error',
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const isBreached = isListed(await response.text(), hash.slice(PREFIX_LENGTH));
      metrics.breachLookups.inc({ outcome: isBreached ? 'found' : 'absent' });
      return isBreached;
    } catch (error) {
      metrics.breachLookups.inc({ outcome: 'unknown' });
      logger.warn({ err: error }, 'the service for breached passwords did not answer');
      return false;
    }
  };
}
