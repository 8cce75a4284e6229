import { decodeCursor, type Paginated, toPaginated } from '@linkgrove/db';
import { z } from 'zod';
import { createValidationError } from '../errors.ts';

export const paginationInput = {
  limit: z.number().int().min(1).max(100).default(20).describe('Items per page, 1 to 100'),
  cursor: z.string().max(64).optional().describe('`nextCursor` of the previous page'),
};

/** Named after its items, so that the OpenAPI document can refer to it. */
export const createListOutputSchema = <T extends z.ZodType>(item: T) =>
  z
    .object({
      items: z.array(item),
      nextCursor: z.string().nullable().describe('`cursor` of the next page; null on the last one'),
    })
    .meta({ id: `${item.meta()?.id}List` });

export type PageRequest = { limit: number; cursor?: string | undefined };

function parseCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const id = decodeCursor(cursor);
  if (id !== null) return id;
  throw createValidationError({ path: 'cursor', message: 'Invalid cursor', code: 'invalid_cursor' });
}

/** `fetchRows` is asked for one row more than the page holds, to see whether another page follows. */
export async function paginate<Row extends { id: string }, Item extends { id: string }>(
  { limit, cursor }: PageRequest,
  fetchRows: (lastId: string | null, limit: number) => Promise<Row[]>,
  toItem: (row: Row) => Item,
): Promise<Paginated<Item>> {
  const rows = await fetchRows(parseCursor(cursor), limit + 1);
  return toPaginated(rows.map(toItem), limit);
}
