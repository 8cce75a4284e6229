import { randomBytes, randomInt } from 'node:crypto';
import { v7 } from 'uuid';

/** A new UUIDv7: unique everywhere, and ordered by the time it was made. */
export const newId = (): string => v7();

/**
 * Makes ids of requests: a random part for the process, and a number that grows. They name lines of a log and are
 * no secret, so none of them costs the random bytes of a UUID.
 */
export function createRequestIds(): () => string {
  const prefix = randomBytes(9).toString('base64url');
  let count = 0;
  return () => `${prefix}_${(count++).toString(36)}`;
}

// Crockford's base32 without the letters that read like digits.
const CODE_ALPHABET = '23456789abcdefghjkmnpqrstvwxyz';
const CODE_LENGTH = 8;

/** A random referral code of 8 characters (39 bits): with ten million in use a guess hits one in 60,000. */
export function newReferralCode(): string {
  return Array.from({ length: CODE_LENGTH }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join('');
}
