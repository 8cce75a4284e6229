import { randomBytes, randomFillSync, randomInt } from 'node:crypto';
import { v7 } from 'uuid';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

export const toUuidBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

/** How far IDs may be ahead of a clock that was set back. */
const MAX_LEAD_MS = 10_000;
const MAX_SEQUENCE = 0xff_ff_ff_ff;

const ID_BYTES = 16;
const POOLED_IDS = 256;

/** Gets random bytes for many IDs at once, because each call of the generator costs as much as the rest of an ID. */
function createRandomPool(): () => Uint8Array {
  const pool = new Uint8Array(ID_BYTES * POOLED_IDS);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += ID_BYTES;
    return pool.subarray(used - ID_BYTES, used);
  };
}

/** UUIDs of version 7. Each sorts after the one before, unless the clock was set back by more than ten seconds. */
export function createIdGenerator(readClock: () => number): () => string {
  let [msecs, seq] = [-Infinity, 0];
  const takeRandom = createRandomPool();
  return () => {
    const now = readClock();
    if (now > msecs || msecs - now > MAX_LEAD_MS) {
      msecs = now;
      // Half of the range is left for further IDs in this millisecond.
      seq = randomInt(2 ** 31);
    } else if (seq < MAX_SEQUENCE) seq += 1;
    else {
      msecs += 1;
      seq = 0;
    }
    return v7({ msecs, seq, random: takeRandom() });
  };
}

export const generateId = createIdGenerator(Date.now);

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
