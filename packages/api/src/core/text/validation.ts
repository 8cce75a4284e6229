import { z } from 'zod';
import type { MemberError } from '../errors.ts';

export const REQUIRED_MESSAGE = 'Required';

const FORMATS: Record<string, string> = {
  datetime: 'Enter a time in UTC, such as 2026-11-22T12:00:00Z',
  uuid: 'Invalid ID',
};

/** Describes a bound on a length, or on a number itself. */
const describeBound = (origin: string, side: string, limit: number | bigint) => {
  const unit = { string: 'character', array: 'item' }[origin];
  return unit ? `Must have ${side} ${limit} ${unit}${limit === 1 ? '' : 's'}` : `Must be ${side} ${limit}`;
};

// Zod's own messages name JavaScript types; these are for users.
z.config({
  customError: (issue) => {
    if (issue.input === undefined) return REQUIRED_MESSAGE;
    if (issue.code === 'invalid_type')
      return issue.expected === 'int' ? 'Must be a whole number' : `Must be of type ${issue.expected}`;
    if (issue.code === 'invalid_value') return `Must be one of ${issue.values.join(', ')}`;
    if (issue.code === 'invalid_format') return FORMATS[issue.format];
    if (issue.code === 'too_big') return describeBound(issue.origin, 'at most', issue.maximum);
    if (issue.code === 'too_small') return describeBound(issue.origin, 'at least', issue.minimum);
    return undefined;
  },
});

/** A body can hold a hundred thousand wrong members; nobody reads more errors than this. */
const MAX_ERRORS = 50;

/** Converts a Zod error to one error per wrong member, the first that was found. */
export function toMemberErrors(error: z.ZodError): MemberError[] {
  const rows = error.issues.flatMap((issue): MemberError[] => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.slice(0, MAX_ERRORS).map((key) => ({
        path: path ? `${path}.${key}` : key,
        message: 'Unknown field',
        code: 'unknown_member',
      }));
    }
    return [
      { path, message: issue.message, code: issue.message === REQUIRED_MESSAGE ? 'required' : issue.code },
    ];
  });
  return [...new Map(rows.toReversed().map((row) => [row.path, row])).values()]
    .toReversed()
    .slice(0, MAX_ERRORS);
}

// PostgreSQL cannot store NUL; other control characters, lone surrogates, line separators and marks that change the
// direction of text have no place in a name.
export const UNPRINTABLE_CHARACTERS =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
export const countCodePoints = (text: string): number => [...text].length;

/** One line of text: trimmed, NFC, no control characters, `min` to `max` code points. */
export const singleLineSchema = (min: number, max: number) =>
  z
    .string()
    .max(max * 4, { error: `Must have at most ${max} characters` })
    .trim()
    .normalize('NFC')
    .refine((text) => !UNPRINTABLE_CHARACTERS.test(text), { error: 'Must not contain control characters' })
    .refine((text) => text === '' || VISIBLE.test(text), { error: 'Enter at least one visible character' })
    .refine((text) => countCodePoints(text) >= min && countCodePoints(text) <= max, {
      error: min === max ? `Must have ${min} characters` : `Must have ${min} to ${max} characters`,
    });

/** Several lines of text: as `singleLineSchema`, but with tabs and line breaks, which become `\n`. */
export const multiLineSchema = (min: number, max: number) =>
  z
    .string()
    .max(max * 4, { error: `Must have at most ${max} characters` })
    .trim()
    .normalize('NFC')
    .overwrite((text) => text.replaceAll(/\r\n?/g, '\n'))
    .refine((text) => !UNPRINTABLE_CHARACTERS.test(text.replaceAll(/[\n\t]/g, '')), {
      error: 'Must not contain control characters',
    })
    .refine((text) => text === '' || VISIBLE.test(text), { error: 'Enter at least one visible character' })
    .refine((text) => countCodePoints(text) >= min && countCodePoints(text) <= max, {
      error: `Must have ${min} to ${max} characters`,
    });

/** A token from a mailed link. The service rejects wrong ones of any shape. */
export const mailedToken = z
  .string()
  .min(1, { error: 'Must not be empty' })
  .max(512, { error: 'Must have at most 512 characters' })
  .refine((text) => !UNPRINTABLE_CHARACTERS.test(text), { error: 'Must not contain control characters' });

/** The input of procedures without input: `{}` or no body. */
export const emptyInput = z.strictObject({});

/** The answer to a call whose effect may come later. */
export const acceptedOutput = z.object({ accepted: z.literal(true) });

/** A time in RFC 3339 format, in UTC. */
export const timestamp = z.iso.datetime().meta({ example: '2026-11-22T12:00:00.000Z' });
