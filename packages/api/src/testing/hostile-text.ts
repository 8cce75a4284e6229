import fc from 'fast-check';
import type { z } from 'zod';

export const codeUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
export const nasty = fc.constantFrom(
  '\0',
  '\r',
  '\n',
  '\t',
  '\u202e',
  '\u2066',
  '\u2028',
  '\u200e',
  '\u061c',
  '\u200b',
  '\u00ad',
  '\ud800',
  '\udc00',
  '@',
  '＠',
  ',',
  '"',
);
export const harmless = fc.constantFrom(...'abcXYZ019._-+@ ');
/** Text as an attacker sends it: control characters, bidi marks and lone surrogates, mixed with valid characters. */
export const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: codeUnit }),
  fc.string({ unit: fc.oneof(harmless, nasty), maxLength: 40 }),
  fc.string({ unit: harmless, maxLength: 40 }),
);
export const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;
export const messagesOf = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value).error?.issues.map((issue) => issue.message) ?? [];
