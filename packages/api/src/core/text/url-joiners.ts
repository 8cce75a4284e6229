const AUTHORITY = /^[a-z][a-z0-9+.-]*:(?:\/\/[^/?#]*)?/i;

/** Emoji, Persian and Indic words need U+200C and U+200D. In the host they are left for the caller to refuse. */
export function encodeJoiners(url: string): string {
  const start = AUTHORITY.exec(url)?.[0].length ?? url.length;
  return url.slice(0, start) + url.slice(start).replaceAll(/\u200c|\u200d/g, encodeURIComponent);
}
