// RFC 5321: an ASCII dot-atom, 64 octets before the @, 254 in total. Quoted and international addresses are rejected,
// because one mailbox would have several spellings.
const EMAIL =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/i;

/** Whether a text is one email address of at most 254 characters, in ASCII. */
export const isEmailAddress = (text: string): boolean =>
  text.length <= 254 && EMAIL.test(text) && text.indexOf('@') <= 64;

const GMAIL = new Set(['gmail.com', 'googlemail.com']);

/**
 * Returns one spelling for all addresses that reach the same mailbox: lower case, without a `+tag`, and for Gmail
 * without dots and with one domain. Two people never share it.
 */
export function canonicalizeEmail(email: string): string {
  const lower = email.toLowerCase();
  const at = lower.lastIndexOf('@');
  const domain = lower.slice(at + 1);
  // A tag needs a name before it: `+a` and `+b` are two mailboxes.
  const mailbox = lower.slice(0, at).replace(/(?<=.)\+.*$/, '');
  return GMAIL.has(domain) ? `${mailbox.replaceAll('.', '')}@gmail.com` : `${mailbox}@${domain}`;
}
