import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encryptText, decryptText } from './encryption.ts';

const key = randomBytes(32);

it('an encrypted text opens again with its key, and never looks the same twice', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encrypted = encryptText(key, text);
      expect(decryptText(key, encrypted)).toBe(text);
      expect(encryptText(key, text)).not.toEqual(encrypted);
    }),
  );
});

it('an encrypted text does not open with another key, or after a change of any byte', () => {
  const encrypted = encryptText(key, 'a secret');
  expect(encrypted.includes('a secret')).toBe(false);
  expect(() => decryptText(randomBytes(32), encrypted)).toThrow('unable to authenticate');
  for (const [index, byte] of encrypted.entries()) {
    const changed = Buffer.from(encrypted);
    changed[index] = byte ^ 1;
    expect(() => decryptText(key, changed)).toThrow('unable to authenticate');
  }
  expect(() => decryptText(key, encrypted.subarray(0, 10))).toThrow('Invalid');
});
