export type CsvRow = { /** Where it begins; the first line is 1. */ line: number; cells: string[] };

/** Reads RFC 4180: cells in quotes may hold commas, line breaks and doubled quotes. Lines may end with LF. */
export function parseCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|\n|\r|$)/gy;
  let line = 1;
  let row: CsvRow = { line, cells: [] };
  for (const body = text.replace(/^\uFEFF/, ''); cell.lastIndex < body.length || row.cells.length > 0;) {
    const match = cell.exec(body);
    if (!match) return [...rows, row];
    const [all, quoted, plain = '', end] = match;
    row.cells.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'));
    line += all.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === ',') continue;
    if (row.cells.some((value) => value !== '')) rows.push(row);
    row = { line, cells: [] };
    if (end === '') break;
  }
  return rows;
}
