// RFC 5321. No quoted and no international addresses, because one mailbox would have several spellings.
const EMAIL =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/i;

export const isEmailAddress = (text: string): boolean =>
  text.length <= 254 && EMAIL.test(text) && text.indexOf('@') <= 64;
