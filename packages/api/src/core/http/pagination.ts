import { decodeCursor } from '@linkgrove/db';
import { createValidationError } from '../errors.ts';

/** The id that a page begins after; null for the first page. Throws `VALIDATION_FAILED` for a foreign cursor. */
export function parseCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const id = decodeCursor(cursor);
  if (id) return id;
  throw createValidationError({
    path: 'cursor',
    message: 'Must be the nextCursor of an answer',
    code: 'invalid_cursor',
  });
}
