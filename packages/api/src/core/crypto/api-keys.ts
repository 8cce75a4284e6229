import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const API_KEY_PREFIX = 'lg_live_';
const SECRET_BYTES = 32;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const BODY_LENGTH = API_KEY_PREFIX.length + SECRET_LENGTH;
const START_LENGTH = API_KEY_PREFIX.length + 6;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const API_KEY = new RegExp(`^${API_KEY_PREFIX}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

function toBase62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = `${ALPHABET[Number(rest % 62n)]}${text}`;
  return text;
}

/** Part of every request, so without BigInt. */
function checksum(body: string): string {
  let text = '';
  let rest = crc32(body);
  while (text.length < CHECKSUM_LENGTH) {
    text = `${ALPHABET[rest % 62]}${text}`;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** `lg_live_`, 32 random bytes and their CRC-32, both in base62. Secret scanners know keys by the fixed form. */
export function generateApiKey(): string {
  const secret = BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`);
  const body = `${API_KEY_PREFIX}${toBase62(secret, SECRET_LENGTH)}`;
  return `${body}${checksum(body)}`;
}

/** False for mistyped and cut keys, which need no look in the database. Says nothing about whether the key exists. */
export const isApiKeyComplete = (text: string): boolean =>
  API_KEY.test(text) && checksum(text.slice(0, BODY_LENGTH)) === text.slice(BODY_LENGTH);

/** The part by which people recognise a key. */
export const takeApiKeyStart = (key: string): string => key.slice(0, START_LENGTH);
