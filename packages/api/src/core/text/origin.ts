const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
const COUNTRY = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** Returns a country code (ISO 3166-1 alpha-2) in upper case; undefined if no country has it. */
export function parseCountry(text: string): string | undefined {
  const code = text.trim().toUpperCase();
  // ZZ and XX stand for an unknown country.
  if (!/^[A-Z]{2}$/.test(code) || code === 'ZZ' || code === 'XX') return undefined;
  return COUNTRY.of(code) === undefined ? undefined : code;
}

/** When a request came, in ISO 8601, and from which country, as far as that is known. */
export type Origin = { at?: string | undefined; country?: string | null | undefined };

/** Describes when and from where a request came, such as ` on 5 March 2026 at 14:03 UTC, from Germany`. */
export function formatOrigin({ at, country }: Origin): string {
  const time = at === undefined ? '' : ` on ${TIME.format(new Date(at))} UTC`;
  const place = country ? `, from ${COUNTRY.of(country) ?? country}` : '';
  return `${time}${place}`;
}
