import { describe, expect, it } from 'vitest';
import { createIdGenerator, generateId, generateReferralCode } from './ids.ts';

const many = <T>(make: () => T, count = 10_000): T[] => Array.from({ length: count }, make);

describe('a new id', () => {
  it('is a UUID of version 7', () => {
    for (const id of many(generateId)) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('is unique and sorts after all earlier ones', () => {
    const ids = many(generateId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(ids);
  });

  it('contains its time of creation', () => {
    const before = Date.now();
    const madeAt = Number.parseInt(generateId().replaceAll('-', '').slice(0, 12), 16);
    expect(madeAt).toBeGreaterThanOrEqual(before - 1);
    expect(madeAt).toBeLessThanOrEqual(Date.now() + 1);
  });
});

describe('IDs under a clock that jumps', () => {
  const DAY = 86_400_000;
  const readTime = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  let now = Date.UTC(2026, 10, 26);
  const generate = createIdGenerator(() => now);

  it('have the right time again once a clock that was far ahead is right', () => {
    const right = now;
    now += 400 * DAY;
    expect(readTime(generate())).toBe(now);
    now = right;
    expect(readTime(generate())).toBe(right);
  });

  it('still sort after all earlier ones if the clock was set back a little', () => {
    const before = many(generate, 100);
    now -= 2_000;
    const all = [...before, ...many(generate, 100)];
    expect(all.toSorted()).toEqual(all);
    expect(new Set(all).size).toBe(200);
  });
});

describe('a new referral code', () => {
  it('has eight characters that are hard to confuse, in either case', () => {
    for (const code of many(generateReferralCode)) expect(code).toMatch(/^[2-9abcdefghjkmnpqrstvwxyz]{8}$/);
  });

  it('is accepted by the database', () => {
    for (const code of many(generateReferralCode)) expect(code).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{2,31}$/);
  });

  it('uses every character in every position', () => {
    const codes = many(generateReferralCode);
    for (let place = 0; place < 8; place += 1) {
      expect(new Set(codes.map((code) => code[place])).size).toBe(30);
    }
  });

  it('rarely repeats', () => {
    expect(new Set(many(generateReferralCode)).size).toBe(10_000);
  });
});
