import { z } from 'zod';
import { formatCsvLine } from './csv.ts';

type Row = Record<string, unknown>;

export const exportPart = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  nextCursor: z.string().nullable(),
});
export type ExportPart = z.infer<typeof exportPart>;

/** One part at a time, each when the one before was sent, so that no export has to fit into memory. */
export async function* listParts(
  first: ExportPart,
  read: (cursor: string) => Promise<ExportPart>,
): AsyncGenerator<Row[]> {
  yield first.items;
  for (let { nextCursor } = first; nextCursor !== null;) {
    const next = await read(nextCursor);
    yield next.items;
    ({ nextCursor } = next);
  }
}

export async function* formatCsv(parts: AsyncIterable<Row[]>, columns: string[]): AsyncGenerator<string> {
  yield formatCsvLine(columns);
  for await (const rows of parts)
    yield rows.map((row) => formatCsvLine(columns.map((column) => row[column]))).join('');
}

export async function* formatJson(parts: AsyncIterable<Row[]>): AsyncGenerator<string> {
  yield '{"items":[';
  let separator = '';
  for await (const rows of parts) {
    if (rows.length === 0) continue;
    yield separator + rows.map((row) => JSON.stringify(row)).join(',\n');
    separator = ',\n';
  }
  yield '],"nextCursor":null}\n';
}
