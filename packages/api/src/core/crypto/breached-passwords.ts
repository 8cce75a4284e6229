import { readFileSync } from 'node:fs';
import { type FuseFilter, readFuseFilter } from './fuse-filter.ts';

/** Longer than any entry of the list. */
const MAX_LISTED_LENGTH = 64;
const MIN_WORD_LENGTH = 4;
/** A word, and what people append to it when a digit and a symbol are asked for: `!2024`, `1892`, `2024!!`. */
const WORD_WITH_SUFFIX = /^(.+?)[^\p{L}\p{N}\s]{0,2}\d{0,4}[^\p{L}\p{N}\s]{0,3}$/u;

let filter: FuseFilter | undefined;

/** 1.4 MB, read at first use. The production bundle needs the file next to it. */
function getFilter(): FuseFilter {
  filter ??= readFuseFilter(readFileSync(new URL('breached-passwords.bin', import.meta.url)));
  return filter;
}

/**
 * Whether a password is among the most common ones in breaches: 488,000 of them as they are, and the commonest words
 * with up to four digits and a few symbols appended (`Summer2024!`). Case matters, except for a capital at the start.
 * About one in 60,000 other passwords is taken for one of them.
 */
export function isBreachedPassword(password: string): boolean {
  if (password.length > MAX_LISTED_LENGTH) return false;
  const { has } = getFilter();
  if (has(password)) return true;
  const [, word = ''] = WORD_WITH_SUFFIX.exec(password) ?? [];
  if (word.length < MIN_WORD_LENGTH) return false;
  return has(word) || has(word.charAt(0).toLowerCase() + word.slice(1));
}
