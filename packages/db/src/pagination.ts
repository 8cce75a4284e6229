const UUID = /^[0-9a-f]{32}$/;

export type Paginated<T> = { items: T[]; nextCursor: string | null };

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

export function toPaginated<T extends { id: string }>(rows: T[], limit: number): Paginated<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(last.id) : null };
}
