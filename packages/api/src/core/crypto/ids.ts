import { randomBytes, randomInt } from 'node:crypto';
import { v7 } from 'uuid';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

export const generateId = (): string => v7();

/** Request IDs are not secret, so they do without the random bytes of a UUID. */
export function createRequestIdGenerator(): () => string {
  const prefix = randomBytes(9).toString('base64url');
  let count = 0;
  return () => `${prefix}_${(count++).toString(36)}`;
}

const CODE_ALPHABET = '23456789abcdefghjkmnpqrstvwxyz';

export const generateCode = (length: number): string =>
  Array.from({ length }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join('');

/** 39 bits: with ten million codes in use, 1 guess in 60,000 hits. */
export const generateReferralCode = (): string => generateCode(8);
