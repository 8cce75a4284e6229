import { domainToASCII, domainToUnicode } from 'node:url';
import { isDeceptiveHost } from './deceptive-host.ts';

const NOT_ASCII = /\P{ASCII}/u;
// Checked first: domainToASCII reads a host as in a URL, up to a slash and without a port.
const DOMAIN = /^(?:[\p{L}\p{M}\p{N}._\u3002\uff0e\uff61-]|\u200c|\u200d)+$/u;

function splitAddress(text: string): { local: string; domain: string } | undefined {
  const at = text.lastIndexOf('@') + 1;
  return at === 0 ? undefined : { local: text.slice(0, at), domain: text.slice(at) };
}

/** Converts as browsers do in `type=email` fields; what can't be converted is returned for validation to judge. */
export function toAsciiEmail(text: string): string {
  const parts = splitAddress(text);
  if (!parts || !NOT_ASCII.test(parts.domain) || !DOMAIN.test(parts.domain)) return text;
  const domain = domainToASCII(parts.domain);
  return domain === '' ? text : parts.local + domain;
}

/** A domain that looks like another one, or that wouldn't convert back to the same, stays in ASCII. */
export function toUnicodeEmail(text: string): string {
  const parts = splitAddress(text);
  if (!parts || !DOMAIN.test(parts.domain) || !/(?:^|\.)xn--/i.test(parts.domain)) return text;
  const domain = domainToUnicode(parts.domain);
  if (domain === '' || domainToASCII(domain) !== parts.domain || isDeceptiveHost(domain)) return text;
  return parts.local + domain;
}
