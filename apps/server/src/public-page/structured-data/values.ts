export type Node = { '@type': string; [member: string]: unknown };

/** Without the members that are null or empty. */
export const pickGiven = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  );

/** `amount` is in the smallest unit of the currency. */
export function toDecimal(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return (amount / 10 ** digits).toFixed(digits);
}

/** ISO 8601 with the offset of the zone, through daylight saving time. */
export function toLocalTime(time: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  const parts = new Map(format.formatToParts(new Date(time)).map(({ type, value }) => [type, value]));
  const [year, month, day, hour, minute, second] = (
    ['year', 'month', 'day', 'hour', 'minute', 'second'] as const
  ).map((type) => parts.get(type) ?? '');
  const offset = /[+-]\d\d:\d\d/.exec(parts.get('timeZoneName') ?? '')?.[0] ?? '+00:00';
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`;
}
