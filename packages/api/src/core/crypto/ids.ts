import { randomBytes, randomInt } from 'node:crypto';
import { v7 } from 'uuid';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** Generates a UUIDv7, which sorts by time of creation. */
export const generateId = (): string => v7();

/**
 * Makes ids of requests: a random part for the process, and a number that grows. They name lines of a log and are
 * no secret, so none of them costs the random bytes of a UUID.
 */
export function createRequestIdGenerator(): () => string {
  const prefix = randomBytes(9).toString('base64url');
  let count = 0;
  return () => `${prefix}_${(count++).toString(36)}`;
}

// Crockford's base32 without the letters that read like digits.
const CODE_ALPHABET = '23456789abcdefghjkmnpqrstvwxyz';

/** Random letters and digits that are not mistaken for one another: 4.9 bits each. */
export const generateCode = (length: number): string =>
  Array.from({ length }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join('');

/** A random referral code of 8 characters (39 bits): with ten million in use a guess hits one in 60,000. */
export const generateReferralCode = (): string => generateCode(8);
