import { domainToASCII, domainToUnicode } from 'node:url';
import { isDeceptiveHost } from './deceptive-host.ts';

const NOT_ASCII = /\P{ASCII}/u;
// Checked first: domainToASCII reads a host as in a URL, up to a slash and without a port.
const DOMAIN = /^(?:[\p{L}\p{M}\p{N}._\u3002\uff0e\uff61-]|\u200c|\u200d)+$/u;

/** Splits at the last `@`, which is kept with the local part; undefined where there is none. */
function splitAddress(text: string): { local: string; domain: string } | undefined {
  const at = text.lastIndexOf('@') + 1;
  return at === 0 ? undefined : { local: text.slice(0, at), domain: text.slice(at) };
}

/**
 * Converts the domain of an email address to its ASCII form, as browsers do in `type=email` fields:
 * `x@müller.example` → `x@xn--mller-kva.example`. Anything else is returned as it is, for validation to judge: an
 * ASCII domain, a domain that IDNA refuses, text without `@`.
 */
export function toAsciiEmail(text: string): string {
  const parts = splitAddress(text);
  if (!parts || !NOT_ASCII.test(parts.domain) || !DOMAIN.test(parts.domain)) return text;
  const domain = domainToASCII(parts.domain);
  return domain === '' ? text : parts.local + domain;
}

/**
 * Converts the domain of a stored address to Unicode, for people to read. A domain that looks like another one
 * stays in ASCII, so does one that wouldn't convert back to the same.
 */
export function toUnicodeEmail(text: string): string {
  const parts = splitAddress(text);
  if (!parts || !DOMAIN.test(parts.domain) || !/(?:^|\.)xn--/i.test(parts.domain)) return text;
  const domain = domainToUnicode(parts.domain);
  if (domain === '' || domainToASCII(domain) !== parts.domain || isDeceptiveHost(domain)) return text;
  return parts.local + domain;
}
