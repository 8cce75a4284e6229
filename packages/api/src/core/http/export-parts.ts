import { z } from 'zod';

/** Rows of one part; a whole export is read part by part. */
export const EXPORT_PART_ROWS = 2_000;

export const EXPORT_STREAM =
  'Over REST a stream: CSV with a head line, or JSON with all `items`. Over tRPC one part with its `nextCursor`.';

export const exportPartInput = {
  format: z.enum(['csv', 'json']).default('csv').describe('Of the stream over REST'),
  cursor: z.string().max(64).optional().describe('`nextCursor` of the previous part; a stream needs none'),
};

export const exportCursorOutput = z
  .string()
  .nullable()
  .describe('Null over REST, where all items come at once');
