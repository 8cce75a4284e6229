import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { paginate, paginationInput } from './pagination.ts';

describe('the input for a page of a list', () => {
  const page = z.strictObject(paginationInput);
  const isValid = (input: unknown) => page.safeParse(input).success;

  it('asks for 20 items by default, and for 1 to 100 if given', () => {
    expect(page.parse({})).toEqual({ limit: 20 });
    expect(page.parse({ limit: 1 })).toEqual({ limit: 1 });
    expect(page.parse({ limit: 100, cursor: 'abc' })).toEqual({ limit: 100, cursor: 'abc' });
  });

  it.each([[0], [-1], [101], [1.5], [NaN], [Infinity], ['20'], [null]])('rejects a limit of %s', (limit) => {
    expect(isValid({ limit })).toBe(false);
  });

  it('rejects a cursor of 10 kB', () => {
    expect(isValid({ cursor: 'a'.repeat(10_000) })).toBe(false);
  });
});

describe('paginate', () => {
  const ids = [1, 2, 3].map((n) => `01890000-0000-7000-8000-00000000000${n}`);
  const rows = ids.map((id) => ({ id }));
  const fetchRows = (lastId: string | null, limit: number) => {
    const start = rows.findIndex(({ id }) => id === lastId) + 1;
    return Promise.resolve(rows.slice(start, start + limit));
  };
  const toItem = ({ id }: { id: string }) => ({ id, shown: true });
  const idsOf = (page: { items: { id: string }[] }) => page.items.map(({ id }) => id);

  it('returns every row once when each nextCursor is followed', async () => {
    const first = await paginate({ limit: 2 }, fetchRows, toItem);
    expect(first.items).toEqual(ids.slice(0, 2).map((id) => ({ id, shown: true })));
    const second = await paginate({ limit: 2, cursor: first.nextCursor ?? undefined }, fetchRows, toItem);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
    expect(second.nextCursor).toBeNull();
  });

  it.each([3, 4])('has no nextCursor when a page of %i holds all rows', async (limit) => {
    const page = await paginate({ limit }, fetchRows, toItem);
    expect(idsOf(page)).toEqual(ids);
    expect(page.nextCursor).toBeNull();
  });

  it('throws VALIDATION_FAILED for an invalid cursor before it fetches', async () => {
    const fetchNothing = () => Promise.reject(new Error('fetched'));
    await expect(paginate({ limit: 2, cursor: 'next' }, fetchNothing, toItem)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ path: 'cursor', message: 'Invalid cursor', code: 'invalid_cursor' }],
    });
  });
});
