import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hostile, messagesOf, takes } from '../../testing/hostile-text.ts';
import { singleLineSchema, mailedToken, emptyInput, timestamp } from './validation.ts';
import { emailAddress, enteredPassword, newPassword, username } from '../../features/users/schema.ts';

describe('a line of text', () => {
  it('is trimmed and composed', () => {
    expect(singleLineSchema(1, 80).parse('  Cafe\u0301 Olé\n')).toBe('Café Olé');
  });

  it.each([
    ['NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['an escape', 'a\u001b[31mb'],
    ['a control character of Latin-1', 'a\u0085b'],
    ['half a surrogate pair', 'a\ud800b'],
    ['two halves the wrong way round', 'a\udc00\ud800b'],
    ['an override of the direction', 'a\u202eb'],
    ['an isolate of the direction', 'a\u2067b'],
    ['a line separator', 'a\u2028b'],
    ['a paragraph separator', 'a\u2029b'],
    ['a word joiner', 'a\u2060b'],
    ['a noncharacter', 'a\uffffb'],
  ])('rejects %s', (_, text) => {
    expect(messagesOf(singleLineSchema(1, 80), text)).toEqual(['Must not contain invisible characters']);
  });

  it.each([
    ['a zero-width joiner and non-joiner', '\u200d\u200c'],
    ['a soft hyphen', '\u00ad'],
    ['several of these with spaces between', '\u200c \u00ad \u200d'],
  ])('rejects a text of nothing but %s', (_, text) => {
    expect(messagesOf(singleLineSchema(1, 80), text)).toEqual(['Enter at least one visible character']);
    expect(takes(singleLineSchema(1, 80), `a${text}b`)).toBe(true);
  });

  it.each(['a', '7', '-', '€', '🔑', '❤️', '👩‍👩‍👧', 'नमस्ते', 'می‌خواهم', '道'])(
    'accepts visible text: %s',
    (text) => {
      expect(singleLineSchema(1, 80).parse(text)).toBe(text);
    },
  );

  it('may be empty if its minimum is 0', () => {
    expect(singleLineSchema(0, 80).parse('')).toBe('');
    expect(singleLineSchema(0, 80).parse('  ')).toBe('');
    expect(takes(singleLineSchema(0, 80), '\u200b')).toBe(false);
  });

  it('is measured in characters, after trimming', () => {
    expect(takes(singleLineSchema(1, 3), '🔑🔑🔑')).toBe(true);
    expect(takes(singleLineSchema(1, 3), '🔑🔑🔑🔑')).toBe(false);
    expect(takes(singleLineSchema(1, 3), ' abc ')).toBe(true);
    expect(takes(singleLineSchema(1, 3), '   ')).toBe(false);
    expect(takes(singleLineSchema(2, 2), 'ab')).toBe(true);
    expect(messagesOf(singleLineSchema(2, 2), 'a')).toEqual(['Must have 2 characters']);
    expect(messagesOf(singleLineSchema(2, 3), 'a')).toEqual(['Must have 2 to 3 characters']);
    expect(messagesOf(singleLineSchema(2, 3), 'x'.repeat(10_000))).toContain(
      'Must have at most 3 characters',
    );
  });

  it('may have 30 marks on a letter, and not the many that would take long to compose', () => {
    expect(takes(singleLineSchema(1, 80), `a${'\u0315\u0300'.repeat(15)}`)).toBe(true);
    expect(messagesOf(singleLineSchema(1, 80), `a${'\u0315\u0300'.repeat(16)}`)).toEqual([
      'Use at most 30 accents or other marks on a letter',
    ]);
  });

  it('that is accepted is well-formed, composed and within bounds, and parses to itself', () => {
    const bounds = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(hostile, bounds, (text, [min, more]) => {
        const schema = singleLineSchema(min, min + more);
        const parsed = schema.safeParse(text);
        if (!parsed.success) return;
        expect(parsed.data.isWellFormed()).toBe(true);
        // oxlint-disable-next-line no-control-regex
        const bad = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
        expect(parsed.data).not.toMatch(bad);
        expect(parsed.data).toMatch(/[^\s\u00ad\u200b-\u200d\u2060\ufeff]/);
        expect(parsed.data).toBe(parsed.data.trim().normalize('NFC'));
        expect([...parsed.data].length).toBeGreaterThanOrEqual(min);
        expect([...parsed.data].length).toBeLessThanOrEqual(min + more);
        expect(schema.parse(parsed.data)).toBe(parsed.data);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a mailed token', () => {
  it('is accepted unchanged in any shape', () => {
    for (const token of ['x', 'a'.repeat(512), "' or 1=1", '🔑'])
      expect(mailedToken.parse(token)).toBe(token);
  });

  it.each([
    ['nothing', ''],
    ['NUL', 'a\0'],
    ['a line break', 'a\n'],
    ['half a surrogate pair', 'a\ud800'],
    ['10 kB', 'a'.repeat(10_000)],
  ])('rejects %s', (_, token) => {
    expect(takes(mailedToken, token)).toBe(false);
  });
});

describe('a missing member', () => {
  it.each<[string, z.ZodType]>([
    ['a text', z.string()],
    ['a line', singleLineSchema(1, 80)],
    ['an email address', emailAddress],
    ['a username', username],
    ['a new password', newPassword],
    ['a number', z.number().int().min(1)],
    ['a flag', z.boolean()],
    ['a list', z.array(z.string())],
    ['an object', z.object({ a: z.string() })],
    ['an id', z.uuid()],
    ['a moment', timestamp],
    ['one of several words', z.enum(['one', 'two'])],
    ['one word', z.literal('one')],
    ['one of several types', z.union([z.string(), z.number()])],
    ['one of several objects', z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') })])],
    ['null or a text', z.string().nullable()],
  ])('is required if it should be %s', (_, schema) => {
    expect(messagesOf(z.strictObject({ member: schema }), {})).toEqual(['Required']);
    expect(messagesOf(z.strictObject({ member: schema }), { member: undefined })).toEqual(['Required']);
  });

  it('is not reported if it is present but wrong', () => {
    const words = z.strictObject({ member: z.enum(['one', 'two']) });
    expect(messagesOf(words, { member: 'three' })).toEqual(['Must be one of one, two']);
    for (const wrong of [null, '', 0, false, NaN]) {
      expect(messagesOf(words, { member: wrong })).not.toContain('Required');
      expect(messagesOf(z.union([z.iso.date(), z.literal(1)]), wrong)).not.toContain('Required');
    }
  });
});

describe('other members', () => {
  it('a timestamp is in UTC and has a time', () => {
    expect(takes(timestamp, '2026-11-22T12:00:00.000Z')).toBe(true);
    for (const text of ['2026-11-22', '2026-11-22T12:00:00+01:00', '2026-13-22T12:00:00Z', 'now', '']) {
      expect(takes(timestamp, text)).toBe(false);
    }
  });

  it('an empty input has no members', () => {
    expect(takes(emptyInput, {})).toBe(true);
    for (const value of [{ a: 1 }, [], 'text', null, 0]) expect(takes(emptyInput, value)).toBe(false);
  });

  it('name the right type after a wrong one, and never quote the input', () => {
    const schemas = {
      email: emailAddress,
      username,
      newPassword,
      givenPassword: enteredPassword,
      line: singleLineSchema(1, 80),
      mailedToken,
    };
    const wrong = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.object(), fc.array(fc.string()));
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(schemas)), wrong, (schema, value) => {
        expect(messagesOf(schema, value)[0]).toBe('Must be of type string');
        expect(messagesOf(schema, undefined)).toEqual(['Required']);
      }),
    );
  });

  it.each([
    ['Must be at most 4', z.number().max(4), 5],
    ['Must be at least 1', z.number().int().min(1), 0],
    ['Must be a whole number', z.number().int(), 1.5],
    ['Must have at most 64 characters', z.string().max(64), 'x'.repeat(65)],
    ['Must have at least 1 item', z.array(z.string()).min(1), []],
    ['Enter a time in UTC, such as 2026-11-22T12:00:00Z', timestamp, 'tomorrow'],
    ['Invalid ID', z.uuid(), '7'],
  ])('have a message for users: %s', (message, schema, value) => {
    expect(messagesOf(schema, value)).toEqual([message]);
  });
});
