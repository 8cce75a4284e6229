import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { generateApiKey, isApiKeyComplete, takeApiKeyStart } from './api-keys.ts';

const replaceAt = (text: string, index: number, by: string) =>
  `${text.slice(0, index)}${by}${text.slice(index + 1)}`;

describe('an API key', () => {
  it('has 57 characters of a recognisable form, and is another one each time', () => {
    const keys = Array.from({ length: 1_000 }, generateApiKey);
    for (const key of keys) expect(key).toMatch(/^lg_live_[0-9A-Za-z]{49}$/);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.every(isApiKeyComplete)).toBe(true);
  });

  it('uses every letter and digit at every place of its secret', () => {
    const keys = Array.from({ length: 4_000 }, generateApiKey);
    for (let place = 9; place < 51; place += 1) expect(new Set(keys.map((key) => key[place])).size).toBe(62);
  });

  it('is recognised by its start, which leaves 220 bits to guess', () => {
    expect(takeApiKeyStart('lg_live_AbC123xyz')).toBe('lg_live_AbC123');
  });
});

describe('isApiKeyComplete', () => {
  it('notices every single wrong character, and every swap of two neighbours', () => {
    const key = generateApiKey();
    for (let place = 0; place < key.length; place += 1) {
      const wrong = replaceAt(key, place, key[place] === 'a' ? 'b' : 'a');
      expect([wrong, isApiKeyComplete(wrong)]).toEqual([wrong, false]);
      const [one = '', other = ''] = [key[place], key[place + 1]];
      const swapped = `${key.slice(0, place)}${other}${one}${key.slice(place + 2)}`;
      if (swapped !== key) expect([swapped, isApiKeyComplete(swapped)]).toEqual([swapped, false]);
    }
  });

  it('refuses a key that is cut, extended or surrounded by anything', () => {
    const key = generateApiKey();
    for (const wrong of [
      key.slice(0, -1),
      `${key}a`,
      ` ${key}`,
      `${key}\n`,
      key.toLowerCase(),
      `x${key}`,
      '',
    ])
      expect([wrong, isApiKeyComplete(wrong)]).toEqual([wrong, false]);
  });

  it('refuses other texts', () => {
    fc.assert(
      fc.property(anyText(60), (text) => {
        expect(isApiKeyComplete(text)).toBe(false);
        expect(isApiKeyComplete(`lg_live_${text}`)).toBe(false);
      }),
    );
  });
});
