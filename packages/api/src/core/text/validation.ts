import { z } from 'zod';
import type { MemberError } from '../errors.ts';

/** What is said of a member that is not there. */
export const REQUIRED_MESSAGE = 'Is required';

const FORMATS: Record<string, string> = {
  datetime: 'Must be a time in UTC, such as 2026-11-22T12:00:00Z',
  uuid: 'Must be an id, as an answer gave it',
};

/** A bound in words: on how much there is, or on the number itself. */
const bound = (origin: string, side: string, limit: number | bigint) => {
  const unit = { string: 'character', array: 'item' }[origin];
  return unit ? `Must have ${side} ${limit} ${unit}${limit === 1 ? '' : 's'}` : `Must be ${side} ${limit}`;
};

// Zod's own words name JavaScript types; these say what would be right.
z.config({
  customError: (issue) => {
    if (issue.input === undefined) return REQUIRED_MESSAGE;
    if (issue.code === 'invalid_type')
      return issue.expected === 'int' ? 'Must be a whole number' : `Must be of type ${issue.expected}`;
    if (issue.code === 'invalid_value') return `Must be one of ${issue.values.join(', ')}`;
    if (issue.code === 'invalid_format') return FORMATS[issue.format];
    if (issue.code === 'too_big') return bound(issue.origin, 'at most', issue.maximum);
    if (issue.code === 'too_small') return bound(issue.origin, 'at least', issue.minimum);
    return undefined;
  },
});

/** As many rows as anyone reads; a body can hold a hundred thousand members. */
const MAX_ROWS = 50;

/** One row per offending member, the first that was found; an unknown member is its own row. */
export function toMemberErrors(error: z.ZodError): MemberError[] {
  const rows = error.issues.flatMap((issue): MemberError[] => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.slice(0, MAX_ROWS).map((key) => ({
        path: path ? `${path}.${key}` : key,
        message: 'Is not a known member',
        code: 'unknown_member',
      }));
    }
    return [
      { path, message: issue.message, code: issue.message === REQUIRED_MESSAGE ? 'required' : issue.code },
    ];
  });
  return [...new Map(rows.toReversed().map((row) => [row.path, row])).values()]
    .toReversed()
    .slice(0, MAX_ROWS);
}

// NUL cannot be stored by PostgreSQL; other control characters, lone surrogates and marks that turn the
// direction of text or begin a line have no place in a name.
export const UNPRINTABLE_CHARACTERS =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
/** How many code points a text has. */
export const countCodePoints = (text: string): number => [...text].length;

/** One line of text: trimmed, NFC, no control characters, `min` to `max` code points. */
export const singleLineSchema = (min: number, max: number) =>
  z
    .string()
    .max(max * 4, { error: `Must have at most ${max} characters` })
    .trim()
    .normalize('NFC')
    .refine((text) => !UNPRINTABLE_CHARACTERS.test(text), { error: 'Must not contain control characters' })
    .refine((text) => text === '' || VISIBLE.test(text), { error: 'Must have something to see' })
    .refine((text) => countCodePoints(text) >= min && countCodePoints(text) <= max, {
      error: min === max ? `Must have ${min} characters` : `Must have ${min} to ${max} characters`,
    });

/** Text of several lines: as `line`, with line breaks in it, each spelt `\n`. */
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
    .refine((text) => text === '' || VISIBLE.test(text), { error: 'Must have something to see' })
    .refine((text) => countCodePoints(text) >= min && countCodePoints(text) <= max, {
      error: `Must have ${min} to ${max} characters`,
    });

/** A token from a mailed link. A wrong one of any shape is the service's to refuse. */
export const mailedToken = z
  .string()
  .min(1, { error: 'Must not be empty' })
  .max(512, { error: 'Must have at most 512 characters' })
  .refine((text) => !UNPRINTABLE_CHARACTERS.test(text), { error: 'Must not contain control characters' });

/** For procedures that take nothing: a body of `{}` or none, and no member. */
export const emptyInput = z.strictObject({});

/** A moment as RFC 3339 in UTC. */
export const timestamp = z.iso.datetime().meta({ example: '2026-11-22T12:00:00.000Z' });
