import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sealText, unsealText } from './sealing.ts';

const key = randomBytes(32);

it('a sealed text opens again with its key, and never looks the same twice', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const sealed = sealText(key, text);
      expect(unsealText(key, sealed)).toBe(text);
      expect(sealText(key, text)).not.toEqual(sealed);
    }),
  );
});

it('a sealed text does not open with another key, or after a change of any byte', () => {
  const sealed = sealText(key, 'a secret');
  expect(sealed.includes('a secret')).toBe(false);
  expect(() => unsealText(randomBytes(32), sealed)).toThrow('unable to authenticate');
  for (const [index, byte] of sealed.entries()) {
    const changed = Buffer.from(sealed);
    changed[index] = byte ^ 1;
    expect(() => unsealText(key, changed)).toThrow('unable to authenticate');
  }
  expect(() => unsealText(key, sealed.subarray(0, 10))).toThrow('Invalid');
});
