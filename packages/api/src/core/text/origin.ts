const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
const COUNTRY = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

export function parseCountry(text: string): string | undefined {
  const code = text.trim().toUpperCase();
  // ZZ and XX stand for an unknown country.
  if (!/^[A-Z]{2}$/.test(code) || code === 'ZZ' || code === 'XX') return undefined;
  return COUNTRY.of(code) === undefined ? undefined : code;
}

export const formatTime = (at: string): string => `${TIME.format(new Date(at))} UTC`;
export const formatCountry = (code: string): string => COUNTRY.of(code) ?? code;

export type Origin = { at?: string | undefined; country?: string | null | undefined };

export function formatOrigin({ at, country }: Origin): string {
  const time = at === undefined ? '' : ` on ${formatTime(at)}`;
  const place = country ? `, from ${formatCountry(country)}` : '';
  return `${time}${place}`;
}
