/** Reads RFC 4180: cells in quotes may hold commas, line breaks and doubled quotes. Lines may end with LF. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|\n|\r|$)/gy;
  let row: string[] = [];
  for (const body = text.replace(/^\uFEFF/, ''); cell.lastIndex < body.length || row.length > 0;) {
    const match = cell.exec(body);
    if (!match) return [...rows, row];
    const [, quoted, plain = '', end] = match;
    row.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (row.some((value) => value !== '')) rows.push(row);
    row = [];
    if (end === '') break;
  }
  return rows;
}
