import { randomBytes, randomInt } from 'node:crypto';
import { v7 } from 'uuid';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** Generates a UUIDv7, which sorts by time of creation. */
export const generateId = (): string => v7();

/**
 * Creates a generator of request ids: a random part per process and a counter. Request ids are not secret, so they
 * do without the random bytes of a UUID.
 */
export function createRequestIdGenerator(): () => string {
  const prefix = randomBytes(9).toString('base64url');
  let count = 0;
  return () => `${prefix}_${(count++).toString(36)}`;
}

// Crockford's base32 without the letters that read like digits.
const CODE_ALPHABET = '23456789abcdefghjkmnpqrstvwxyz';

/** Generates random letters and digits that are hard to confuse; 4.9 bits each. */
export const generateCode = (length: number): string =>
  Array.from({ length }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join('');

/** Generates a referral code of 8 characters (39 bits). With ten million in use, 1 guess in 60,000 hits. */
export const generateReferralCode = (): string => generateCode(8);
