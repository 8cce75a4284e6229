import { type ZxcvbnResult, ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english, translations } from '@zxcvbn-ts/language-en';

const MIN_SCORE = 2;
// The estimate is quadratic and worse: 128 characters can take a second, 32 some 20 ms at most.
const JUDGED_LENGTH = 32;

const SHORT = 100;

/**
 * The short lists, such as days and planets, as one, whose ranks go through all of them in turn: every list
 * is searched for each part of a password, so fourteen of them took more than two thirds of the time. Judges 9 of
 * 1,900 passwords differently that were made of just such words.
 */
function mergeShort(lists: Record<string, string[]>): Record<string, string[]> {
  const isShort = (list: string[]) => list.length < SHORT;
  const short = Object.values(lists).filter(isShort);
  const ranks = Array.from({ length: SHORT }, (_, rank) => short.flatMap((list) => list[rank] ?? []));
  const long = Object.entries(lists).filter(([, list]) => !isShort(list));
  return { ...Object.fromEntries(long), short: [...new Set(ranks.flat())] };
}

const zxcvbn = new ZxcvbnFactory({
  dictionary: mergeShort({ ...common, ...english }),
  // A hundred spellings of each part, its default, cost four times as much and judge 3 of 572 passwords differently.
  l33tMaxSubstitutions: 16,
  graphs: adjacencyGraphs,
  translations,
});

/** The words a person's own data gives away: `ada.lovelace@example.com` also as `ada`, `lovelace`, `adalovelace`. */
function ownWords(personal: string[]): string[] {
  const words = personal.flatMap((text) => {
    const [local = ''] = text.split('@');
    const parts = local.split(/[^\p{L}\p{N}]+/u);
    return [text, local, parts.join(''), ...parts];
  });
  return [...new Set(words.map((word) => word.toLowerCase()))].filter((word) => word.length > 2);
}

const reasonOf = ({ feedback }: ZxcvbnResult): string =>
  [feedback.warning ?? 'This password is easy to guess.', ...feedback.suggestions].join(' ');

/**
 * Why a password is too easy to guess (zxcvbn score below 2 of 4, common passwords and the person's own
 * data included, all offline), in words for that person; null if it is good enough.
 */
export function findPasswordWeakness(password: string, personal: string[]): string | null {
  const words = ['linkgrove', ...ownWords(personal)];
  const points = [...password];
  const start = zxcvbn.check(points.slice(0, JUDGED_LENGTH).join(''), words);
  if (start.score >= MIN_SCORE) return null;
  // What begins weakly may still end strongly.
  const isLonger = points.length > JUDGED_LENGTH;
  if (isLonger && zxcvbn.check(points.slice(-JUDGED_LENGTH).join(''), words).score >= MIN_SCORE) return null;
  return reasonOf(start);
}
