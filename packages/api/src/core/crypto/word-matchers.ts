import { type Matcher, MatcherBaseClass, type MatchExtended, type MatchOptions } from '@zxcvbn-ts/core';
import { listPlainSpellings, type Spelling } from './plain-spellings.ts';
import { LIST_NAMES, type WordLists } from './word-lists.ts';

type Word = { i: number; j: number; rank: number; dictionaryName: string };

/** Finds the words of the lists and of the user's own data in `text`, which is in lower case; the best rank of each. */
function findAllWords(lists: WordLists, text: string, own: Map<string, number>): Word[] {
  const words: Word[] = [];
  const add = (word: Word): void => {
    const last = words.at(-1);
    if (last?.i !== word.i || last.j !== word.j) words.push(word);
    else if (word.rank < last.rank) words[words.length - 1] = word;
  };
  for (let i = 0; i < text.length; i += 1) {
    lists.findWords(text, i, (end, list, rank) => {
      add({ i, j: end - 1, rank, dictionaryName: LIST_NAMES[list] ?? '' });
    });
    for (const [word, rank] of own)
      if (text.startsWith(word, i)) add({ i, j: i + word.length - 1, rank, dictionaryName: 'userInputs' });
  }
  return words;
}

const readOwnWords = ({ userInputsOptions }: MatchOptions): Map<string, number> =>
  new Map(Object.entries(userInputsOptions?.rankedDictionary ?? {}));

const toMatch = (password: string, text: string, word: Word) => ({
  pattern: 'dictionary' as const,
  ...word,
  token: password.slice(word.i, word.j + 1),
  matchedWord: text.slice(word.i, word.j + 1),
  reversed: false,
  l33t: false,
});

const reverse = (text: string): string => text.split('').toReversed().join('');

function matchReversed(lists: WordLists, options: MatchOptions): MatchExtended[] {
  const { password } = options;
  const reversed = reverse(password);
  const text = reversed.toLowerCase();
  return findAllWords(lists, text, readOwnWords(options)).map((word) => ({
    ...toMatch(reversed, text, word),
    token: reverse(reversed.slice(word.i, word.j + 1)),
    reversed: true,
    i: password.length - 1 - word.j,
    j: password.length - 1 - word.i,
  }));
}

/** Where the word is in the password itself, and the substitutions inside it. */
function locate({ changes }: Spelling, { i, j }: Word) {
  const subs = new Map<string, { letter: string; substitution: string }>();
  let [start, end] = [i, j];
  for (const { i: at, letter, substitution } of changes) {
    const growth = substitution.length - letter.length;
    if (at < i) start += growth;
    if (at <= j) end += growth;
    if (at >= i && at <= j) subs.set(`${letter}-${substitution}`, { letter, substitution });
  }
  const all = [...subs.values()];
  const subDisplay = all.map(({ letter, substitution }) => `${substitution} -> ${letter}`).join(', ');
  return { i: start, j: end, subs: all, subDisplay };
}

function matchSubstituted(lists: WordLists, options: MatchOptions, spellings: Spelling[]): MatchExtended[] {
  const { password } = options;
  const own = readOwnWords(options);
  const found = new Map<string, MatchExtended>();
  for (const spelling of spellings) {
    const text = spelling.text.toLowerCase();
    let isWholePassword = false;
    for (const word of findAllWords(lists, text, own)) {
      const place = locate(spelling, word);
      isWholePassword ||= place.i === 0 && place.j === password.length - 1;
      const token = password.slice(place.i, place.j + 1);
      const match = { ...toMatch(password, text, word), l33t: true, token, ...place };
      const key = [place.i, place.j, word.dictionaryName, match.matchedWord].join('\n');
      // A single character would make a common word of every digit.
      if (token.length > 1 && token.toLowerCase() !== match.matchedWord && !found.has(key))
        found.set(key, match);
    }
    if (isWholePassword) break;
  }
  return [...found.values()];
}

type Match = (options: MatchOptions) => MatchExtended[];

/** The library asks for these, but rates matches by their pattern, `dictionary`. */
const UNUSED = { feedback: () => null, scoring: () => 0 };

/**
 * Matchers that take the place of the library's own of the same names. They walk through each spelling once instead of
 * looking every part of it up in every list. The library's `dictionary` still finds the user's own data.
 */
export function createWordMatchers(lists: WordLists): Record<string, Matcher> {
  class Reversed extends MatcherBaseClass {
    match = (options: MatchOptions) => matchReversed(lists, options);
  }
  class Plain extends MatcherBaseClass {
    match: Match = ({ password }) => {
      const text = password.toLowerCase();
      return findAllWords(lists, text, new Map()).map((word) => toMatch(password, text, word));
    };
  }
  class Substituted extends MatcherBaseClass {
    readonly #plain = new Plain(this.options);
    match = (options: MatchOptions) => {
      const { l33tMaxSubstitutions, trieNodeRoot } = this.options;
      const spellings = listPlainSpellings(options.password, trieNodeRoot, l33tMaxSubstitutions);
      return [...this.#plain.match(options), ...matchSubstituted(lists, options, spellings)];
    };
  }
  return {
    dictionaryL33t: { Matching: Substituted, ...UNUSED },
    dictionaryReverse: { Matching: Reversed, ...UNUSED },
  };
}
