import { formatLocalTime, openTimeZone } from '../../../../core/time-zone.ts';
import type { RowOf } from '../view/content.ts';

type Data = RowOf<'hours'>['data'];
type Period = { opens: string; closes: string };

const DAYS_AHEAD = 14;
const DAY_MS = 86_400_000;
/** In the order of `Date.getUTCDay`. */
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

const addDays = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);

function listPeriods({ week, exceptions }: Data, date: string): Period[] {
  const exception = exceptions.find((one) => one.date === date);
  if (exception) return exception.periods;
  const weekday = WEEKDAYS[new Date(date).getUTCDay()];
  return week.filter(({ day }) => day === weekday);
}

/** Local times that sort as text. A period that closes at or before it opens lasts until the next day. */
function toSpans(date: string, periods: Period[]): { from: string; to: string }[] {
  return periods.map(({ opens, closes }) => {
    const closesOn = closes <= opens ? addDays(date, 1) : date;
    const to = closes === '24:00' ? `${addDays(closesOn, 1)}T00:00` : `${closesOn}T${closes}`;
    return { from: opens === '24:00' ? `${addDays(date, 1)}T00:00` : `${date}T${opens}`, to };
  });
}

type Opening = { open: boolean; today: string; changesAt: { date: string; time: string } | null };

/** Compares times as clocks of the place show them, so an hour that clocks repeat or skip needs no care. */
export function computeOpening(data: Data, now: number): Opening {
  const local = formatLocalTime(openTimeZone(data.timezone), now);
  const today = local.slice(0, 10);
  const dates = Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => addDays(today, index - 1));
  const spans = dates
    .flatMap((date) => toSpans(date, listPeriods(data, date)))
    .toSorted((one, other) => one.from.localeCompare(other.from));
  const current = spans.filter(({ from, to }) => from <= local && local < to);
  const split = (at: string | undefined) =>
    at === undefined ? null : { date: at.slice(0, 10), time: at.slice(11) };
  if (current.length === 0)
    return { open: false, today, changesAt: split(spans.find(({ from }) => from > local)?.from) };
  let end = current.map(({ to }) => to).reduce((one, other) => (one > other ? one : other));
  // Periods that follow each other without a gap are one.
  for (const { from, to } of spans) if (from <= end && to > end) end = to;
  const isEndless = end > `${addDays(today, DAYS_AHEAD)}T00:00`;
  return { open: true, today, changesAt: isEndless ? null : split(end) };
}
