import { type ZxcvbnResult, ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english, translations } from '@zxcvbn-ts/language-en';

const MIN_SCORE = 2;
// The estimate is quadratic and worse: 128 characters can take a second, 32 some 20 ms at most.
const JUDGED_LENGTH = 32;

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common, ...english },
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
export function passwordWeakness(password: string, personal: string[]): string | null {
  const words = ['linkgrove', ...ownWords(personal)];
  const points = [...password];
  const start = zxcvbn.check(points.slice(0, JUDGED_LENGTH).join(''), words);
  if (start.score >= MIN_SCORE) return null;
  // What begins weakly may still end strongly.
  const isLonger = points.length > JUDGED_LENGTH;
  if (isLonger && zxcvbn.check(points.slice(-JUDGED_LENGTH).join(''), words).score >= MIN_SCORE) return null;
  return reasonOf(start);
}
