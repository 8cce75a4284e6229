import { Readable } from 'node:stream';
import { appRouter, EXPORT_COLUMNS } from '@linkgrove/api';
import { callTRPCProcedure } from '@trpc/server';
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { formatCsvLine } from '../csv.ts';
import type { ContextFactory } from '../request-context.ts';

type Route = { Params: { id: string }; Querystring: Record<string, string | undefined> };
type Row = Record<string, unknown>;

const partSchema = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  nextCursor: z.string().nullable(),
});
type Part = z.infer<typeof partSchema>;

async function* listParts(first: Part, read: (cursor: string) => Promise<Part>): AsyncGenerator<Row[]> {
  yield first.items;
  for (let { nextCursor } = first; nextCursor !== null;) {
    const next = await read(nextCursor);
    yield next.items;
    ({ nextCursor } = next);
  }
}

async function* formatCsv(parts: AsyncIterable<Row[]>, columns: string[]): AsyncGenerator<string> {
  yield formatCsvLine(columns);
  for await (const rows of parts)
    yield rows.map((row) => formatCsvLine(columns.map((column) => row[column]))).join('');
}

async function* formatJson(parts: AsyncIterable<Row[]>): AsyncGenerator<string> {
  yield '{"items":[';
  let separator = '';
  for await (const rows of parts) {
    if (rows.length === 0) continue;
    yield separator + rows.map((row) => JSON.stringify(row)).join(',\n');
    separator = ',\n';
  }
  yield '],"nextCursor":null}\n';
}

/** Streams the parts that the procedure returns, so that no export has to fit into memory. */
export const analyticsExportPlugin: FastifyPluginAsync<{ createContext: ContextFactory }> = async (
  server,
  { createContext },
) => {
  server.get<Route>('/api/pages/:id/analytics/export', async (request, reply) => {
    const ctx = createContext(request, reply);
    const read = async (cursor?: string): Promise<Part> =>
      partSchema.parse(
        await callTRPCProcedure({
          router: appRouter,
          path: 'analytics.export',
          getRawInput: async () => ({ ...request.query, ...request.params, ...(cursor && { cursor }) }),
          ctx,
          type: 'query',
          signal: undefined,
          batchIndex: 0,
        }),
      );
    const { format = 'csv', interval } = request.query;
    const parts = listParts(await read(), read);
    const columns = interval === undefined ? EXPORT_COLUMNS.events : EXPORT_COLUMNS.buckets;
    return reply
      .type(format === 'json' ? 'application/json; charset=utf-8' : 'text/csv; charset=utf-8')
      .headers({
        'content-disposition': `attachment; filename="analytics.${format}"`,
        'cache-control': 'no-store',
      })
      .send(Readable.from(format === 'json' ? formatJson(parts) : formatCsv(parts, columns)));
  });
};
