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
