import { dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english } from '@zxcvbn-ts/language-en';
import { BUCKET_BITS, hashWord, LIST_NAMES, MAX_WORD_LENGTH, encodeWord } from '../core/crypto/word-lists.ts';

const SHORT_LIST_LENGTH = 100;

/**
 * The lists of zxcvbn. Fourteen short ones (months, planets and so on) are merged, because a search would take longer in
 * each of them; that changes 9 of 1,900 passwords of such words.
 */
export function readZxcvbnLists(): Record<string, string[]> {
  const lists: Record<string, string[]> = { ...common, ...english };
  const isShort = (list: string[]) => list.length < SHORT_LIST_LENGTH;
  const short = Object.values(lists).filter(isShort);
  const ranks = Array.from({ length: SHORT_LIST_LENGTH }, (_, rank) =>
    short.flatMap((list) => list[rank] ?? []),
  );
  const long = Object.entries(lists).filter(([, list]) => !isShort(list));
  return { ...Object.fromEntries(long), short: [...new Set(ranks.flat())] };
}

/** Builds the table that `readWordLists` of core/crypto/word-lists.ts reads. */
export function buildWordTable(lists: Record<string, string[]>): Uint32Array {
  const names = Object.keys(lists);
  if (names.join() !== LIST_NAMES.join()) throw new Error(`The lists are ${names.join()}`);
  const buckets: { check: number; word: number }[][] = Array.from({ length: 2 ** BUCKET_BITS }, () => []);
  for (const [list, words] of Object.values(lists).entries()) {
    // A word that is twice in a list has its last rank.
    for (const [word, rank] of new Map(words.map((one, index) => [one, index + 1]))) {
      if (word.length > MAX_WORD_LENGTH) throw new Error(`${word} is longer than MAX_WORD_LENGTH`);
      const { bucket, check } = hashWord(word);
      buckets[bucket]?.push({ check, word: encodeWord(list, rank) });
    }
  }
  const entries = buckets.flat();
  let count = 0;
  const starts = [0, ...buckets.map((bucket) => (count += bucket.length))];
  return Uint32Array.from([
    ...starts,
    ...entries.map(({ check }) => check),
    ...entries.map(({ word }) => word),
  ]);
}
