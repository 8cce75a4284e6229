// RFC 5321: an ASCII dot-atom, 64 octets before the @, 254 in total. Quoted and international addresses are rejected,
// because one mailbox would have several spellings.
const EMAIL =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/i;

/** Whether a text is one email address of at most 254 characters, in ASCII. */
export const isEmailAddress = (text: string): boolean =>
  text.length <= 254 && EMAIL.test(text) && text.indexOf('@') <= 64;
