/** Only pages of the operator's own origins, so that no link is an open redirect. Undefined for all else. */
export function readLandingUrl(text: string, origins: ReadonlySet<string>): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The origin of `blob:https://…` is that of its inner address.
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  return origins.has(url.origin) ? url.href : undefined;
}
