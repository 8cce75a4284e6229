import { findInstant, openTimeZone } from '../../../../core/time-zone.ts';
import type { Schedule, Targeting } from './schema.ts';

/** Null if it leaves nobody out, so that the page is the same for all. */
export function simplifyTargeting(targeting: Targeting | null): Targeting | null {
  if (targeting === null) return null;
  const { countries, languages, devices } = targeting;
  const names = [countries, languages, devices].flatMap(({ include, exclude }) => [...include, ...exclude]);
  return names.length === 0 ? null : targeting;
}

type Times = { startsAt: Date | null; endsAt: Date | null };

/** A time that clocks skip is read with the offset before the change, one that they show twice is the first. */
export function resolveSchedule({ timezone, startsAt, endsAt }: Schedule): Times {
  const zone = openTimeZone(timezone);
  const resolve = (local: string | null) => (local === null ? null : new Date(findInstant(zone, local)));
  return { startsAt: resolve(startsAt), endsAt: resolve(endsAt) };
}
