import { LRUCache } from 'lru-cache';
import { z } from 'zod';

/** `toOffset` tells how far local time is ahead of UTC at an instant, in milliseconds. */
export type TimeZone = { toOffset: (at: number) => number };

export const isTimeZone = (name: string): boolean => {
  try {
    openTimeZone(name);
    return true;
  } catch {
    return false;
  }
};

/** Throws a `RangeError` for an unknown name. */
export function openTimeZone(name: string): TimeZone {
  if (name === 'UTC') return { toOffset: () => 0 };
  const known = zones.get(name);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const zone: TimeZone = {
    toOffset: (at) => {
      const parts: Record<string, string> = {};
      for (const { type, value } of format.formatToParts(at)) parts[type] = value;
      const read = (part: string) => Number(parts[part]);
      const local = Date.UTC(
        read('year'),
        read('month') - 1,
        read('day'),
        read('hour'),
        read('minute'),
        read('second'),
      );
      return local - Math.floor(at / 1_000) * 1_000;
    },
  };
  zones.set(name, zone);
  return zone;
}

/** A formatter costs much more than its use. */
const zones = new LRUCache<string, TimeZone>({ max: 600 });

export const timeZoneName = z
  .string()
  .max(64)
  .refine(isTimeZone, { error: 'Enter an IANA time zone, such as Europe/Berlin' })
  .meta({ example: 'Europe/Berlin' });

const LOCAL_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/;

/**
 * The instant of a local time such as `2026-03-29T02:30`. Of a time that clocks show twice it is the first; a time that
 * they skip is read with the offset before the change, as calendars do.
 */
export function findInstant({ toOffset }: TimeZone, localTime: string): number {
  const [, year, month, day, hour, minute] = LOCAL_TIME.exec(localTime)?.map(Number) ?? [];
  const local = Date.UTC(year ?? Number.NaN, (month ?? 1) - 1, day, hour, minute);
  const before = local - toOffset(local - 86_400_000);
  const after = local - toOffset(local + 86_400_000);
  const candidates = [before, after].toSorted((one, other) => one - other);
  return candidates.find((at) => at + toOffset(at) === local) ?? before;
}

/** A local time such as `2026-03-29T02:30`. */
export const formatLocalTime = ({ toOffset }: TimeZone, at: number): string =>
  new Date(at + toOffset(at)).toISOString().slice(0, 16);
