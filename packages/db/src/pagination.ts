const UUID = /^[0-9a-f]{32}$/;

/** A page of a list; `nextCursor` is null on the last page. */
export type Paginated<T> = { items: T[]; nextCursor: string | null };

/** Returns the opaque cursor that continues a list, ordered by UUIDv7, after the row with this ID. */
export function encodeCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

export function decodeCursor(cursor: string): string | null {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  if (!UUID.test(hex)) return null;
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  // Node's decoder skips characters that are not base64.
  return encodeCursor(id) === cursor ? id : null;
}

/** Turns `limit + 1` fetched rows into a page of `limit` rows and the cursor to the rest. */
export function toPaginated<T extends { id: string }>(rows: T[], limit: number): Paginated<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(last.id) : null };
}
