import { readFileSync } from 'node:fs';

/**
 * The word lists of zxcvbn in one table of 2.4 MB, instead of objects of 50 MB. An entry is a 32-bit check of its word, the
 * list and the rank; the words themselves are not stored, so 1 text in 10^9 is taken for a word that it is not.
 */
export type WordLists = {
  /** Calls `onWord` for each word that begins at `start` of `text`, which is in lower case. `end` is exclusive. */
  findWords: (text: string, start: number, onWord: (end: number, list: number, rank: number) => void) => void;
};

export const LIST_NAMES = [
  'diceware-common',
  'passwords-common',
  'commonWords-en',
  'firstnames-en',
  'lastnames-en',
  'wikipedia-en',
  'short',
] as const;

export const BUCKET_BITS = 17;
/** UTF-16 code units of the longest word. */
export const MAX_WORD_LENGTH = 23;
const RANK_BITS = 24;

export const encodeWord = (list: number, rank: number): number => ((list << RANK_BITS) | rank) >>> 0;

/** Two hashes of a word (FNV-1a and a variant) that grow with each code unit; one finds the bucket, the other checks. */
const FIRST_BUCKET_HASH = 0x811c9dc5;
const FIRST_CHECK_HASH = 0x9747b28c;
const growBucketHash = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);
const growCheckHash = (hash: number, unit: number): number => {
  const mixed = Math.imul(hash ^ unit, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
};
const toBucket = (hash: number): number => Math.imul(hash, 0x9e3779b1) >>> (32 - BUCKET_BITS);

export function hashWord(word: string): { bucket: number; check: number } {
  let [hash, check] = [FIRST_BUCKET_HASH, FIRST_CHECK_HASH];
  for (let index = 0; index < word.length; index += 1) {
    const unit = word.charCodeAt(index);
    hash = growBucketHash(hash, unit);
    check = growCheckHash(check, unit);
  }
  return { bucket: toBucket(hash), check: check >>> 0 };
}

/** The table: where each bucket starts, the end of the last one, then the checks and the packed words of all entries. */
export function readWordLists(table: Uint32Array): WordLists {
  const bucketCount = 2 ** BUCKET_BITS;
  const starts = table.subarray(0, bucketCount + 1);
  const entryCount = starts[bucketCount] ?? 0;
  if (table.length !== starts.length + entryCount * 2) throw new RangeError('The word lists are incomplete');
  const checks = table.subarray(starts.length, starts.length + entryCount);
  const words = table.subarray(starts.length + entryCount);
  return {
    findWords: (text, start, onWord) => {
      const end = Math.min(text.length, start + MAX_WORD_LENGTH);
      let [hash, check] = [FIRST_BUCKET_HASH, FIRST_CHECK_HASH];
      for (let index = start; index < end; index += 1) {
        const unit = text.charCodeAt(index);
        hash = growBucketHash(hash, unit);
        check = growCheckHash(check, unit);
        const bucket = toBucket(hash);
        const last = starts[bucket + 1] ?? 0;
        for (let entry = starts[bucket] ?? 0; entry < last; entry += 1) {
          if (checks[entry] !== check >>> 0) continue;
          const word = words[entry] ?? 0;
          onWord(index + 1, word >>> RANK_BITS, word & (2 ** RANK_BITS - 1));
        }
      }
    },
  };
}

/** The production bundle needs the file next to it. Its numbers are little-endian, as on all platforms of Node. */
export function loadWordLists(): WordLists {
  const { buffer, byteOffset, byteLength } = readFileSync(new URL('word-lists.bin', import.meta.url));
  return readWordLists(new Uint32Array(buffer, byteOffset, byteLength / 4));
}
