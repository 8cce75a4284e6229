import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, type Paginated, toPaginated } from './index.ts';

const many = <T>(make: () => T): T[] => Array.from({ length: 2_000 }, make);
const anyId = () =>
  randomBytes(16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

describe('a cursor', () => {
  it('gives back every id that went in', () => {
    const ids = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
    for (const id of [...ids, ...many(anyId), ...many(randomUUID)])
      expect(decodeCursor(encodeCursor(id))).toBe(id);
  });

  it('can stand in a URL as it is', () => {
    for (const id of many(anyId)) expect(encodeCursor(id)).toMatch(/^[\w-]{22}$/);
  });

  it('differs where the ids differ', () => {
    const ids = new Set(many(anyId));
    expect(new Set([...ids].map(encodeCursor)).size).toBe(ids.size);
  });

  it.each([
    ['nothing', ''],
    ['a word', 'next'],
    ['an id as it is', '01890000-0000-7000-8000-000000000000'],
    ['a byte too few', Buffer.alloc(15).toString('base64url')],
    ['a byte too many', Buffer.alloc(17).toString('base64url')],
    ['a number', '20'],
    ['SQL', "' or 1=1 --"],
    ['NUL', '\0'],
    ['another script', 'Ω≈ç√∫'],
    ['half a surrogate pair', '\ud800'],
    ['10 kB', 'A'.repeat(10_000)],
  ])('is refused where it is %s', (_, text) => {
    expect(decodeCursor(text)).toBeNull();
  });

  it('is refused where it holds any number of bytes but sixteen', () => {
    for (let length = 0; length < 200; length += 1) {
      if (length === 16) continue;
      expect(decodeCursor(randomBytes(length).toString('base64url'))).toBeNull();
    }
  });

  it('is refused with anything before, behind or inside it that decoding would pass over', () => {
    for (const id of [...many(anyId).slice(0, 50), randomUUID()]) {
      const cursor = encodeCursor(id);
      for (const junk of [' ', '\n', '=', '==', '.', '~', '%', '\0', 'é', '🔑']) {
        expect(decodeCursor(junk + cursor)).toBeNull();
        expect(decodeCursor(cursor + junk)).toBeNull();
        expect(decodeCursor(cursor.slice(0, 7) + junk + cursor.slice(7))).toBeNull();
      }
    }
  });

  it('has one spelling', () => {
    const id = 'fbefbefb-efbe-fbef-befb-efbefbefbeff';
    const cursor = encodeCursor(id);
    expect(cursor).toMatch(/-.*w$/);
    expect(decodeCursor(cursor)).toBe(id);
    expect(decodeCursor(cursor.replaceAll('-', '+').replaceAll('_', '/'))).toBeNull();
    // The last character holds four bits that count for nothing.
    for (const last of 'xyz0123') expect(decodeCursor(cursor.slice(0, -1) + last)).toBeNull();
  });

  it('is either refused or read as the id of a row, whatever text comes', () => {
    const texts = many(() => randomBytes(Math.floor(Math.random() * 40)).toString('latin1'));
    for (const id of texts.map(decodeCursor)) {
      expect(id ?? anyId()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    }
  });
});

describe('toPage', () => {
  const rows = Array.from({ length: 23 }, () => ({ id: anyId() }));

  /** Walks a list as a client does, page by page; `fetch` is what a query does. */
  function walk(limit: number): { id: string }[][] {
    const fetch = (after: string | null) => {
      const start = after === null ? 0 : rows.findIndex((row) => row.id === after) + 1;
      return rows.slice(start, start + limit + 1);
    };
    const pages: { id: string }[][] = [];
    for (let cursor: string | null = null; ;) {
      const page: Paginated<{ id: string }> = toPaginated(fetch(cursor && decodeCursor(cursor)), limit);
      pages.push(page.items);
      if (page.nextCursor === null) return pages;
      cursor = page.nextCursor;
    }
  }

  it('shows each row once, in order, in full pages but for the last, for any limit', () => {
    for (let limit = 1; limit <= 30; limit += 1) {
      const pages = walk(limit);
      expect(pages.flat()).toEqual(rows);
      expect(pages.length).toBe(Math.ceil(rows.length / limit));
    }
  });

  it('has no next page where the rows just fill one', () => {
    expect(toPaginated(rows.slice(0, 5), 5)).toEqual({ items: rows.slice(0, 5), nextCursor: null });
  });

  it('is empty without rows', () => {
    expect(toPaginated([], 20)).toEqual({ items: [], nextCursor: null });
  });
});
