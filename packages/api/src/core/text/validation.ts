import { z } from 'zod';
import type { MemberError } from '../errors.ts';
import { findInvisibleCharacter, hasVisibleCharacter, type TextKind } from './visibility.ts';

export const REQUIRED_MESSAGE = 'Required';

const TIME_MESSAGE = 'Enter a time such as 2027-01-31T12:00:00Z';

const FORMATS: Record<string, string> = {
  datetime: 'Enter a time in UTC, such as 2026-11-22T12:00:00Z',
  uuid: 'Invalid ID',
};

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

/** A body can hold thousands of wrong members; nobody reads more errors than this. */
const MAX_ERRORS = 20;

/** Unknown members are cut, so that no answer repeats a large body. */
const MAX_PATH_LENGTH = 200;

export function toMemberErrors(error: z.ZodError): MemberError[] {
  const rows = error.issues.flatMap((issue): MemberError[] => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.slice(0, MAX_ERRORS).map((key) => ({
        path: (path ? `${path}.${key}` : key).slice(0, MAX_PATH_LENGTH),
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

export const countCodePoints = (text: string): number => [...text].length;
export const takeCodePoints = (text: string, max: number): string =>
  Array.from(text.slice(0, max * 2))
    .slice(0, max)
    .join('');

const INVISIBLE_MESSAGE = 'Must not contain invisible characters';
const isFreeOfInvisible = (kind: TextKind) => (text: string) =>
  findInvisibleCharacter(text, kind) === undefined;

// The limit of UAX 15 for streams. Composing takes quadratic time in the number of marks, and no script needs more.
const TOO_MANY_MARKS = /\p{M}{31}/u;

/** Longer texts are refused before anything reads them. */
const composedText = (max: number) =>
  z
    .string()
    .max(max * 4, { error: `Must have at most ${max} characters`, abort: true })
    .refine((text) => !TOO_MANY_MARKS.test(text), {
      error: 'Use at most 30 accents or other marks on a letter',
      abort: true,
    })
    .trim()
    .normalize('NFC');

const describeLength = (min: number, max: number) =>
  min === max ? `Must have ${min} characters` : `Must have ${min} to ${max} characters`;

const boundText = (text: z.ZodString, kind: TextKind, min: number, max: number) =>
  text
    .refine(isFreeOfInvisible(kind), { error: INVISIBLE_MESSAGE })
    .refine((value) => value === '' || hasVisibleCharacter(value), {
      error: 'Enter at least one visible character',
    })
    .refine((value) => countCodePoints(value) >= min && countCodePoints(value) <= max, {
      error: describeLength(min, max),
    })
    .meta({ minLength: min, maxLength: max });

export const singleLineSchema = (min: number, max: number) => boundText(composedText(max), 'line', min, max);

export const nameSchema = (min: number, max: number) => boundText(composedText(max), 'name', min, max);

export const multiLineSchema = (min: number, max: number) =>
  boundText(
    composedText(max).overwrite((text) => text.replaceAll(/\r\n?/g, '\n')),
    'prose',
    min,
    max,
  );

/** The service rejects wrong ones of any shape. */
export const mailedToken = z
  .string()
  .min(1, { error: 'Must not be empty' })
  .max(512, { error: 'Must have at most 512 characters', abort: true })
  .refine(isFreeOfInvisible('line'), { error: INVISIBLE_MESSAGE });

export const enteredTime = z
  .string()
  .max(64, { error: TIME_MESSAGE, abort: true })
  .toUpperCase()
  .check(z.iso.datetime({ offset: true, error: TIME_MESSAGE }));

export const emptyInput = z.strictObject({});

export const acceptedOutput = z.object({ accepted: z.literal(true) }).meta({ id: 'Accepted' });

export const timestamp = z.iso.datetime().meta({ example: '2026-11-22T12:00:00.000Z' });
