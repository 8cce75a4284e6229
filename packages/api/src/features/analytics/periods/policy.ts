import type { TimeZone } from '../../../core/time-zone.ts';

export { isTimeZone, openTimeZone } from '../../../core/time-zone.ts';

export const INTERVALS = ['hour', 'day', 'week', 'month'] as const;
export type Interval = (typeof INTERVALS)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SLOT_MS = 15 * MINUTE_MS;

export const MAX_HOURLY_DAYS = 31;
export const MAX_YEARS = 10;
const MAX_YEARS_MS = (MAX_YEARS * 365 + 3) * DAY_MS;
const DEFAULT_DAYS = 30;

export const toSlotStart = (at: number): number => Math.floor(at / SLOT_MS) * SLOT_MS;
export const toSlotEnd = (at: number): number => Math.ceil(at / SLOT_MS) * SLOT_MS;
export const toUtcDayStart = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;
export const addUtcDays = (at: number, days: number): number => at + days * DAY_MS;

/** A day of a calendar, as the UTC midnight of the same date. */
type CalendarDay = number;

export const toCalendarDay = (zone: TimeZone, at: number): CalendarDay =>
  toUtcDayStart(at + zone.toOffset(at));

/** The first instant of a day. Clocks may skip midnight, or reach it twice. */
export function findDayStart({ toOffset }: TimeZone, day: CalendarDay): number {
  const [before, after] = [toOffset(day - DAY_MS), toOffset(day + DAY_MS)];
  const candidates = [day - before, day - after].toSorted((a, b) => a - b);
  return candidates.find((at) => at + toOffset(at) === day) ?? day - before;
}

function floorCalendarDay(day: CalendarDay, interval: Interval): CalendarDay {
  const date = new Date(day);
  if (interval === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  // Weeks begin on Monday (ISO 8601).
  if (interval === 'week') return addUtcDays(day, -((date.getUTCDay() + 6) % 7));
  return day;
}

function nextCalendarDay(day: CalendarDay, interval: Interval): CalendarDay {
  const date = new Date(day);
  if (interval === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  return addUtcDays(day, interval === 'week' ? 7 : 1);
}

/** `from` and `to` in milliseconds since 1970; `to` is excluded. */
export type Range = { from: number; to: number };

function listHourStarts(zone: TimeZone, { from, to }: Range): number[] {
  // Minutes of the offset matter: in Kathmandu hours begin at a quarter past.
  const first = from - ((((from + zone.toOffset(from)) % HOUR_MS) + HOUR_MS) % HOUR_MS);
  return Array.from({ length: Math.ceil((to - first) / HOUR_MS) }, (_, index) => first + index * HOUR_MS);
}

/** The first instant of each bucket that overlaps the range, in order. */
export function listBucketStarts(zone: TimeZone, range: Range, interval: Interval): number[] {
  if (interval === 'hour') return listHourStarts(zone, range);
  const starts: number[] = [];
  let day = floorCalendarDay(toCalendarDay(zone, range.from), interval);
  for (;;) {
    const start = findDayStart(zone, day);
    if (start >= range.to) return starts;
    // A zone that changed sides of the date line skipped a day.
    if (start > (starts.at(-1) ?? Number.NEGATIVE_INFINITY)) starts.push(start);
    day = nextCalendarDay(day, interval);
  }
}

export type Period = { from?: string | undefined; to?: string | undefined; interval: Interval };
export type PeriodFault = { path: 'from'; message: string };

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A date means its first instant in the time zone, or as the end of a period the one after its last. */
export function findMoment(zone: TimeZone, text: string, side: 'from' | 'to'): number {
  if (!DATE.test(text)) return Date.parse(text);
  return findDayStart(zone, addUtcDays(Date.parse(text), side === 'to' ? 1 : 0));
}

/** A date means its whole day in the time zone; a time is rounded outwards to a quarter of an hour. */
export function resolvePeriod(
  zone: TimeZone,
  { from, to, interval }: Period,
  now: number,
  days = DEFAULT_DAYS,
): Range | PeriodFault {
  const end = to === undefined ? now + 1 : findMoment(zone, to, 'to');
  const start =
    from === undefined
      ? findDayStart(zone, addUtcDays(toCalendarDay(zone, end - 1), 1 - days))
      : findMoment(zone, from, 'from');
  const range = { from: toSlotStart(start), to: toSlotEnd(end) };
  if (range.from >= range.to) return { path: 'from', message: 'Must be before `to`' };
  const length = range.to - range.from;
  if (interval === 'hour' && length > MAX_HOURLY_DAYS * DAY_MS + HOUR_MS)
    return { path: 'from', message: `Hours cover at most ${MAX_HOURLY_DAYS} days; use another interval` };
  if (length > MAX_YEARS_MS)
    return { path: 'from', message: `Must be at most ${MAX_YEARS} years before \`to\`` };
  return range;
}

/** The period of the same length before the range. */
export const findPrevious = ({ from, to }: Range): Range => ({ from: from - (to - from), to: from });

export const isWithinUtcDay = ({ from, to }: Range): boolean => toUtcDayStart(from) === toUtcDayStart(to - 1);
