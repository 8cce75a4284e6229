import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { isBreachedPassword } from './breached-passwords.ts';

describe('isBreachedPassword', () => {
  it.each([
    'password',
    '12345678',
    'liverpool',
    'Liverpool',
    'trustno1',
    'Summer2024!',
    'Liverpool1892',
    'summer2024',
    'Summer!2024',
    'Winter23!!',
    'Monkey@99',
    'Dragon#1',
    'Princess1!',
    'qwertyuiop1',
    'Arsenal1886',
    'Sommer2025!',
    'P@ssw0rd',
    'P@ssw0rd2024',
  ])('catches %s', (password) => {
    expect(isBreachedPassword(password)).toBe(true);
  });

  it.each([
    'correct-horse-battery',
    'correct horse battery staple',
    'correct-horse-battery7',
    'purple monkey dishwasher',
    'Tr0ub4dor&3-lamp',
    'kq7vTz93xW',
    'f4c0d9a1-7b2e',
    'блин-горит-синий',
    'a',
    '',
    ' ',
    '👩‍🚀👩‍🚀👩‍🚀',
    'x'.repeat(65),
  ])('lets %s pass', (password) => {
    expect(isBreachedPassword(password)).toBe(false);
  });

  it('catches a common word with any year and symbol', () => {
    const word = fc.constantFrom('summer', 'Summer', 'liverpool', 'Chelsea', 'hallo', 'password', 'Monkey');
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 4 });
    const symbols = fc.string({ unit: fc.constantFrom(...'!@#$%&*.?_-'), maxLength: 3 });
    fc.assert(
      fc.property(word, digits, symbols, (start, year, end) => {
        expect(isBreachedPassword(start + year + end)).toBe(true);
      }),
    );
  });

  it('lets random passwords pass', () => {
    const caught = Array.from({ length: 20_000 }, () => randomBytes(9).toString('base64url')).filter(
      isBreachedPassword,
    );
    expect(caught.length).toBeLessThan(10);
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(anyText(130), (password) => {
        expect(typeof isBreachedPassword(password)).toBe('boolean');
      }),
    );
  });

  it('is fast on long hostile text', () => {
    const start = performance.now();
    for (const part of ['1', '!', 'a1!', ' ', '!1']) isBreachedPassword(part.repeat(64).slice(0, 64));
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
