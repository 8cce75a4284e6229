import { type ZxcvbnResult, ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs } from '@zxcvbn-ts/language-common';
import { translations } from '@zxcvbn-ts/language-en';
import { isBreachedPassword } from './breached-passwords.ts';
import { loadWordLists } from './word-lists.ts';
import { createWordMatchers } from './word-matchers.ts';

const MIN_SCORE = 2;
// The estimate is worse than quadratic: 128 characters can take a second, 32 take at most about 20 ms.
const MAX_JUDGED_LENGTH = 32;

const zxcvbn = new ZxcvbnFactory(
  {
    // The default of 100 costs four times as much and differs for 3 of 572 passwords.
    l33tMaxSubstitutions: 16,
    graphs: adjacencyGraphs,
    translations,
  },
  createWordMatchers(loadWordLists()),
);

function listPersonalWords(personal: string[]): string[] {
  const words = personal.flatMap((text) => {
    const [local = ''] = text.split('@');
    const parts = local.split(/[^\p{L}\p{N}]+/u);
    return [text, local, parts.join(''), ...parts];
  });
  return [...new Set(words.map((word) => word.toLowerCase()))].filter((word) => word.length > 2);
}

const toReason = ({ feedback }: ZxcvbnResult): string =>
  [feedback.warning ?? 'This password is easy to guess.', ...feedback.suggestions].join(' ');

const BREACHED =
  'Attackers know this password from leaked lists. Add another word or two that are less common.';

const PRODUCT_NAMES = ['', '-', '.', '_', ' '].map((separator) => `link${separator}grove`);
const ONLY_NAMES =
  'Your own names and the name Linkgrove make no strong password. Add two or three unusual words.';

const hasNoLetter = (text: string): boolean => /^[ -@[-`{-~]*$/.test(text);

/** Names with a year or some symbols are the first guesses, so what a password has besides names must be strong. */
function findPartReason(part: string, names: string[]): string | null {
  const result = zxcvbn.check(part, names);
  if (result.score < MIN_SCORE) return toReason(result);
  const others = result.sequence.filter(({ dictionaryName }) => dictionaryName !== 'userInputs');
  if (others.length === result.sequence.length) return null;
  const rest = others.map(({ token }) => token).join('');
  return hasNoLetter(rest) || zxcvbn.check(rest).score < MIN_SCORE ? ONLY_NAMES : null;
}

function findGuessableReason(password: string, personal: string[]): string | null {
  const names = [...PRODUCT_NAMES, ...listPersonalWords(personal)];
  // Wide letters and the like make no word harder to guess.
  const points = [...password.normalize('NFKC')];
  const reason = findPartReason(points.slice(0, MAX_JUDGED_LENGTH).join(''), names);
  if (reason === null || points.length <= MAX_JUDGED_LENGTH) return reason;
  return findPartReason(points.slice(-MAX_JUDGED_LENGTH).join(''), names) === null ? null : reason;
}

// Blanks, wide letters and a year in front hide no common password.
function listSpellings(password: string): string[] {
  const plain = password.normalize('NFKC').replaceAll(/\s/g, '');
  return [password.normalize('NFC'), plain, plain.replace(/^\d{1,4}/, '')];
}

export function findPasswordWeakness(password: string, personal: string[]): string | null {
  const reason = findGuessableReason(password, personal);
  if (reason !== null) return reason;
  return listSpellings(password).some(isBreachedPassword) ? BREACHED : null;
}
