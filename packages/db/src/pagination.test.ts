import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, type Paginated, toPaginated } from './index.ts';

const makeMany = <T>(make: () => T): T[] => Array.from({ length: 2_000 }, make);
const randomId = () =>
  randomBytes(16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

describe('a cursor', () => {
  it('decodes to the ID that was encoded', () => {
    const ids = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
    for (const id of [...ids, ...makeMany(randomId), ...makeMany(randomUUID)])
      expect(decodeCursor(encodeCursor(id))).toBe(id);
  });

  it('needs no escaping in a URL', () => {
    for (const id of makeMany(randomId)) expect(encodeCursor(id)).toMatch(/^[\w-]{22}$/);
  });

  it('differs for different IDs', () => {
    const ids = new Set(makeMany(randomId));
    expect(new Set([...ids].map(encodeCursor)).size).toBe(ids.size);
  });

  it.each([
    ['nothing', ''],
    ['a word', 'next'],
    ['a plain ID', '01890000-0000-7000-8000-000000000000'],
    ['one byte too short', Buffer.alloc(15).toString('base64url')],
    ['one byte too long', Buffer.alloc(17).toString('base64url')],
    ['a number', '20'],
    ['SQL', "' or 1=1 --"],
    ['NUL', '\0'],
    ['another script', 'Ω≈ç√∫'],
    ['half a surrogate pair', '\ud800'],
    ['10 kB', 'A'.repeat(10_000)],
  ])('is invalid if it is %s', (_, text) => {
    expect(decodeCursor(text)).toBeNull();
  });

  it('is invalid unless it has sixteen bytes', () => {
    for (let length = 0; length < 200; length += 1) {
      if (length === 16) continue;
      expect(decodeCursor(randomBytes(length).toString('base64url'))).toBeNull();
    }
  });

  it('is invalid with extra characters that a base64 decoder would skip', () => {
    for (const id of [...makeMany(randomId).slice(0, 50), randomUUID()]) {
      const cursor = encodeCursor(id);
      for (const junk of [' ', '\n', '=', '==', '.', '~', '%', '\0', 'é', '🔑']) {
        expect(decodeCursor(junk + cursor)).toBeNull();
        expect(decodeCursor(cursor + junk)).toBeNull();
        expect(decodeCursor(cursor.slice(0, 7) + junk + cursor.slice(7))).toBeNull();
      }
    }
  });

  it('has only one valid form', () => {
    const id = 'fbefbefb-efbe-fbef-befb-efbefbefbeff';
    const cursor = encodeCursor(id);
    expect(cursor).toMatch(/-.*w$/);
    expect(decodeCursor(cursor)).toBe(id);
    expect(decodeCursor(cursor.replaceAll('-', '+').replaceAll('_', '/'))).toBeNull();
    // Four bits of the last character are unused.
    for (const last of 'xyz0123') expect(decodeCursor(cursor.slice(0, -1) + last)).toBeNull();
  });

  it('decodes to null or to a valid ID, whatever the text', () => {
    const texts = makeMany(() => randomBytes(Math.floor(Math.random() * 40)).toString('latin1'));
    for (const id of texts.map(decodeCursor)) {
      expect(id ?? randomId()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    }
  });
});

describe('toPaginated', () => {
  const rows = Array.from({ length: 23 }, () => ({ id: randomId() }));

  /** Reads a list page by page, as a client does. */
  function readAllPages(limit: number): { id: string }[][] {
    const fetchRows = (after: string | null) => {
      const start = after === null ? 0 : rows.findIndex((row) => row.id === after) + 1;
      return rows.slice(start, start + limit + 1);
    };
    const pages: { id: string }[][] = [];
    for (let cursor: string | null = null; ;) {
      const page: Paginated<{ id: string }> = toPaginated(fetchRows(cursor && decodeCursor(cursor)), limit);
      pages.push(page.items);
      if (page.nextCursor === null) return pages;
      cursor = page.nextCursor;
    }
  }

  it('returns each row once, in order, in full pages except the last, for any limit', () => {
    for (let limit = 1; limit <= 30; limit += 1) {
      const pages = readAllPages(limit);
      expect(pages.flat()).toEqual(rows);
      expect(pages.length).toBe(Math.ceil(rows.length / limit));
    }
  });

  it('has no next page if the rows exactly fill one', () => {
    expect(toPaginated(rows.slice(0, 5), 5)).toEqual({ items: rows.slice(0, 5), nextCursor: null });
  });

  it('is empty without rows', () => {
    expect(toPaginated([], 20)).toEqual({ items: [], nextCursor: null });
  });
});
