import { isDeceptiveHost } from './deceptive-host.ts';
import { isEmailAddress } from './email-address.ts';
import { toAsciiEmail, toUnicodeEmail } from './internationalized-email.ts';
import { parsePhone } from './phone.ts';
import { type CheckedUrl, createUrlRefusal } from './checked-url.ts';
import { findInvisibleCharacter } from './visibility.ts';

function decodePercents(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// A plus needs no encoding in a mailto URL, where it is no blank (RFC 6068), and people read it.
const encodeLocalPart = (text: string): string => encodeURIComponent(text).replaceAll('%2B', '+');

function encodeAddress(typed: string): string | undefined {
  const address = toAsciiEmail(typed);
  if (!isEmailAddress(address) || findInvisibleCharacter(decodePercents(address), 'line') !== undefined)
    return undefined;
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return isDeceptiveHost(domain) ? undefined : `${encodeLocalPart(address.slice(0, at))}@${domain}`;
}

function encodeField(field: string): CheckedUrl {
  const [name = '', ...rest] = field.split('=');
  const header = decodePercents(name).toLowerCase();
  if (header !== 'subject' && header !== 'body')
    return createUrlRefusal('Only a subject and a body are allowed');
  const value = decodePercents(rest.join('=')).replaceAll(/\r\n?/g, '\n');
  // A line break in the subject could start another mail header.
  if (header === 'subject' && value.includes('\n'))
    return createUrlRefusal('The subject must be a single line');
  if (findInvisibleCharacter(value, 'prose') !== undefined)
    return createUrlRefusal('Must not contain invisible characters');
  return { href: `${header}=${encodeURIComponent(value.replaceAll('\n', '\r\n'))}` };
}

/** Decodes, checks and encodes every part again, so that what was checked is what a mail program reads. */
export function checkMailto(text: string): CheckedUrl {
  const [, url] = /^mailto:(.*)$/is.exec(text) ?? [];
  const [, typed = '', query = ''] = /^([^?#]*)\??([^#]*)/s.exec(url ?? '') ?? [];
  const address = encodeAddress(url === undefined ? text : decodePercents(typed));
  if (address === undefined) return createUrlRefusal('Enter an email address');
  const fields = query
    .split('&')
    .filter((field) => field !== '')
    .map(encodeField);
  const refused = fields.find(({ reason }) => reason !== undefined);
  if (refused) return refused;
  const encoded = fields.map(({ href }) => href).join('&');
  return { href: encoded === '' ? `mailto:${address}` : `mailto:${address}?${encoded}` };
}

export function checkTel(text: string): CheckedUrl {
  const phone = parsePhone(text);
  return phone ? { href: phone.href } : createUrlRefusal('Enter a phone number');
}

export type Contact = { value: string; display: string };

export function readContactUrl(href: string): Contact {
  const phone = href.startsWith('tel:') ? parsePhone(href) : undefined;
  if (phone)
    return { value: phone.href.slice('tel:'.length).replace(';ext=', ' ext. '), display: phone.display };
  const value = decodePercents(href.replace(/^mailto:|\?.*$/g, ''));
  return { value, display: toUnicodeEmail(value) };
}
