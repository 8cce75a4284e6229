import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildLimitBudgets, parseBudget, parseDuration } from './budgets.ts';

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const unit = fc.constantFrom<keyof typeof UNITS>('s', 'm', 'h', 'd');
const count = fc.integer({ min: 1, max: 999_999 });

const isDuration = (text: string) => /^[1-9][0-9]{0,5}[smhd]$/.test(text);

/** Text near to the right one, which plain random text never is. */
const nearly = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 12 });

describe('parseDuration', () => {
  it('converts every count and unit to seconds', () => {
    fc.assert(
      fc.property(count, unit, (n, u) => {
        expect(parseDuration(`${n}${u}`)).toBe(n * UNITS[u]);
      }),
    );
  });

  it('converts a longer time to more seconds, whatever the unit', () => {
    fc.assert(
      fc.property(count, count, unit, (a, b, u) => {
        const [left, right] = [parseDuration(`${a}${u}`), parseDuration(`${b}${u}`)];
        expect(Math.sign((left ?? 0) - (right ?? 0))).toBe(Math.sign(a - b));
      }),
    );
  });

  it('returns null or a positive whole number of seconds for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly('0123456789smhd. -+')), (text) => {
        const seconds = parseDuration(text);
        expect(seconds === null).toBe(!isDuration(text));
        if (seconds !== null) expect(Number.isSafeInteger(seconds) && seconds > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '',
    '0s',
    '00d',
    '05m',
    '1',
    'd',
    '1w',
    '1D',
    ' 1d',
    '1d ',
    '1d\n',
    '1.5h',
    '-1h',
    '1e3s',
    '1h30m',
    '٣d',
  ])('rejects %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe('parseBudget', () => {
  it('accepts every window that a timer can hold, and no longer one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), count, unit, (points, n, u) => {
        const seconds = n * UNITS[u];
        const fits = seconds <= 24 * 86_400;
        expect(parseBudget(`${points}/${n}${u}`)).toEqual(fits ? { points, seconds } : null);
      }),
    );
  });

  it('accepts a window of 24 days in any unit, and none that is a second longer', () => {
    for (const text of ['24d', '576h', '34560m']) {
      expect(parseBudget(`5/${text}`)).toEqual({ points: 5, seconds: 24 * 86_400 });
    }
    for (const text of ['25d', '577h', '34561m', '999999d']) {
      expect(parseBudget(`5/${text}`)).toBeNull();
      expect(parseDuration(text)).toBeGreaterThan(24 * 86_400);
    }
  });

  it('returns null for any other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly('0123456789/smhd ')), (text) => {
        const [points = '', window = '', ...rest] = text.split('/');
        const isBudget =
          /^[1-9][0-9]{0,8}$/.test(points) &&
          isDuration(window) &&
          rest.length === 0 &&
          (parseDuration(window) ?? 0) <= 24 * 86_400;
        expect(parseBudget(text) === null).toBe(!isBudget);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '',
    '10',
    '/15m',
    '10/',
    '10/15',
    '0/15m',
    '10/0m',
    '10 / 15m',
    '-1/1m',
    '1e3/1m',
    '10/15m/1h',
    '10/15m\n',
  ])('rejects %j', (text) => {
    expect(parseBudget(text)).toBeNull();
  });
});

describe('buildLimitBudgets', () => {
  it('uses each configured budget under its name', () => {
    const configured = {
      login: { points: 1, seconds: 10 },
      register: { points: 2, seconds: 20 },
      forgot: { points: 3, seconds: 30 },
      global: { points: 4, seconds: 40 },
      key: { points: 5, seconds: 50 },
    };
    expect(buildLimitBudgets(configured)).toMatchObject({ ...configured, resendAccount: configured.forgot });
  });
});
