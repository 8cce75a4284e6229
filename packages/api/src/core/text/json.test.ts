import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonExcess, toCanonicalJson } from './json.ts';

const LIMITS = { maxDepth: 5, maxValues: 20 };

describe('findJsonExcess', () => {
  it('ignores what is inside strings', () => {
    const text = JSON.stringify({ a: '[[[[[[[[,,,,,,,,,,,,,,,,,,,,,,,,,,,', b: '\\"[[[[[[', c: '\\\\' });
    expect(findJsonExcess(text, LIMITS)).toBeUndefined();
  });

  it('finds deep nesting and many values', () => {
    expect(findJsonExcess('[[[[[1]]]]]', LIMITS)).toBeUndefined();
    expect(findJsonExcess('[[[[[[1]]]]]]', LIMITS)).toBe('nests deeper than 5 levels');
    expect(findJsonExcess(JSON.stringify(Array.from({ length: 30 }, () => 1)), LIMITS)).toBe(
      'has more than 20 values',
    );
  });

  it('finds every text whose value has many members', () => {
    const count = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? Object.values(value).reduce((sum: number, one) => sum + 1 + count(one), 0)
        : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        const isFound = findJsonExcess(text, LIMITS) !== undefined;
        expect(isFound || count(value) <= 2 * LIMITS.maxValues).toBe(true);
      }),
    );
  });
});

it('toCanonicalJson gives the same text whatever the order of members, and keeps the order of items', () => {
  expect(toCanonicalJson({ b: [2, 1, { d: 1, c: null }], a: 'x' })).toBe(
    '{"a":"x","b":[2,1,{"c":null,"d":1}]}',
  );
  expect(toCanonicalJson({ a: 'x', b: [2, 1, { c: null, d: 1 }] })).toBe(
    '{"a":"x","b":[2,1,{"c":null,"d":1}]}',
  );
  expect(toCanonicalJson(undefined)).toBe('');
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(toCanonicalJson(JSON.parse(toCanonicalJson(value)))).toBe(toCanonicalJson(JSON.parse(text)));
      expect(JSON.parse(toCanonicalJson(value))).toEqual(JSON.parse(text));
    }),
  );
});
