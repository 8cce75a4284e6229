import { readFileSync } from 'node:fs';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs } from '@zxcvbn-ts/language-common';
import { translations } from '@zxcvbn-ts/language-en';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { buildWordTable, readZxcvbnLists } from '../../testing/word-lists.ts';
import { loadWordLists } from './word-lists.ts';
import { createWordMatchers } from './word-matchers.ts';

const lists = readZxcvbnLists();
const options = { l33tMaxSubstitutions: 16, graphs: adjacencyGraphs, translations };
const library = new ZxcvbnFactory({ ...options, dictionary: lists });
const ours = new ZxcvbnFactory(options, createWordMatchers(loadWordLists()));
const OWN = ['linkgrove', 'ada.lovelace@example.com', 'lovelace', 'ada'];

/** Without the feedback, which may be about either of two words that are equally easy to guess. */
const judge = (factory: ZxcvbnFactory, password: string) => {
  const { score, guesses } = factory.check(password, OWN);
  return { score, guesses };
};

const LETTERS: Record<string, string> = { a: '@', e: '3', i: '1', l: '|', o: '0', s: '$', t: '7' };
const word = fc.constantFrom(...Object.values(lists).flatMap((list) => list.filter((_, n) => n % 17 === 0)));
const spelled = fc.tuple(word, fc.integer({ min: 0, max: 4 })).map(([text, way]) => {
  if (way === 1) return text.charAt(0).toUpperCase() + text.slice(1);
  if (way === 2) return text.split('').toReversed().join('');
  return way === 3 ? text.replaceAll(/[aeilost]/g, (letter) => LETTERS[letter] ?? letter) : text;
});
const filler = fc.constantFrom('', '-', '1', '2024', '!', ' ', 'x', '1984!', 'ada', 'qwerty');

describe('a password of words', () => {
  it('gets the same verdict as from the library with its own lists', () => {
    fc.assert(
      fc.property(spelled, filler, spelled, filler, (first, second, third, fourth) => {
        for (const password of [first, first + second, first + second + third + fourth]) {
          const shortened = password.slice(0, 32);
          expect(judge(ours, shortened)).toEqual(judge(library, shortened));
        }
      }),
      { numRuns: 100 },
    );
  });
});

it('any text gets the same score as from the library', () => {
  fc.assert(
    fc.property(anyText(24), (text) => {
      expect(judge(ours, text).score).toBe(judge(library, text).score);
    }),
  );
});

it('word-lists.bin is what scripts/build-word-lists.ts builds', () => {
  const file = readFileSync(new URL('word-lists.bin', import.meta.url));
  expect(Buffer.compare(file, new Uint8Array(buildWordTable(lists).buffer))).toBe(0);
});
