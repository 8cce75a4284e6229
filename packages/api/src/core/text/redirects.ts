/** Read differently by browsers and by servers. */
const AMBIGUOUS = /[\\\s\p{Cc}]/u;

/**
 * The absolute URL of a redirect that a client asked for, relative to `base`. Undefined unless it stays within
 * `origins`: compared as parsed, never as text.
 */
export function resolveRedirect(
  text: string,
  base: string,
  origins: ReadonlySet<string>,
): string | undefined {
  if (AMBIGUOUS.test(text) || !URL.canParse(text, `${base}/`)) return undefined;
  const url = new URL(text, `${base}/`);
  // A `blob:` has the origin of its page.
  const isPlain = /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  return isPlain && origins.has(url.origin) ? url.href : undefined;
}
