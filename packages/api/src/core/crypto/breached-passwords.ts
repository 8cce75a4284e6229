import { readFileSync } from 'node:fs';
import { type FuseFilter, readFuseFilter } from './fuse-filter.ts';

const MAX_LISTED_LENGTH = 64;
const MIN_WORD_LENGTH = 4;
const WORD_WITH_SUFFIX = /^(.+?)[^\p{L}\p{N}\s]{0,2}\d{0,4}[^\p{L}\p{N}\s]{0,3}$/u;

let filter: FuseFilter | undefined;

/** The production bundle needs this file of 1.4 MB next to it. */
function getFilter(): FuseFilter {
  filter ??= readFuseFilter(readFileSync(new URL('breached-passwords.bin', import.meta.url)));
  return filter;
}

/** Finds 488,000 breached passwords and variants of common words (`Summer2024!`); 1 in 60,000 others matches too. */
export function isBreachedPassword(password: string): boolean {
  if (password.length > MAX_LISTED_LENGTH) return false;
  const { has } = getFilter();
  if (has(password)) return true;
  const [, word = ''] = WORD_WITH_SUFFIX.exec(password) ?? [];
  if (word.length < MIN_WORD_LENGTH) return false;
  return has(word) || has(word.charAt(0).toLowerCase() + word.slice(1));
}
