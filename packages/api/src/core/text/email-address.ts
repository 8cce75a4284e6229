// RFC 5321: a dot-atom of ASCII letters, 64 octets before the @, 254 in all. Addresses that need quotes or
// other scripts are refused, since they come back as two spellings of one mailbox.
const EMAIL =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/i;

/** Whether a text is one email address of at most 254 characters, in ASCII. */
export const isEmailAddress = (text: string): boolean =>
  text.length <= 254 && EMAIL.test(text) && text.indexOf('@') <= 64;

const GMAIL = new Set(['gmail.com', 'googlemail.com']);

/**
 * One spelling for all addresses that reach the same mailbox: lower case, without a `+tag`, and for Gmail
 * without dots and under one domain. Two people never share it; one person may own several spellings of it.
 */
export function canonicalizeEmail(email: string): string {
  const lower = email.toLowerCase();
  const at = lower.lastIndexOf('@');
  const domain = lower.slice(at + 1);
  // A tag needs something before it: `+a` and `+b` are two mailboxes.
  const mailbox = lower.slice(0, at).replace(/(?<=.)\+.*$/, '');
  return GMAIL.has(domain) ? `${mailbox.replaceAll('.', '')}@gmail.com` : `${mailbox}@${domain}`;
}
