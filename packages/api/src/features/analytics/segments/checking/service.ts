import { isDeepStrictEqual } from 'node:util';
import type { DbCtx } from '../../../../core/context.ts';
import { DIMENSIONS } from '../../schema.ts';
import { buildSegment } from '../packing/service.ts';
import { FIRST_SEGMENT } from '../service.ts';
import * as queries from './queries.ts';

const SEGMENTS_PER_READ = 20;
const MEMBERS = ['names', 'slots', 'visitors', 'visitor', ...DIMENSIONS] as const;

export type SegmentFault = { id: string; field: string };
export type SegmentsExamined = { compared: number; differing: number; faults: SegmentFault[] };

/** Packs every stored segment again and compares it by member. */
export async function examineSegments(ctx: DbCtx, maxFaults: number): Promise<SegmentsExamined> {
  const examined: SegmentsExamined = { compared: 0, differing: 0, faults: [] };
  for (let after = FIRST_SEGMENT; ;) {
    const segments = await queries.listWholeSegments(ctx.db, after, SEGMENTS_PER_READ);
    for (const segment of segments) {
      const again = await buildSegment(ctx, segment);
      const fields = MEMBERS.filter((member) => !isDeepStrictEqual(segment[member], again[member]));
      examined.compared += 1;
      if (fields.length === 0) continue;
      examined.differing += 1;
      const id = `${segment.pageId} ${segment.from.toISOString()}`;
      if (examined.faults.length < maxFaults) examined.faults.push(...fields.map((field) => ({ id, field })));
    }
    const last = segments.at(-1);
    if (!last) return examined;
    after = last;
  }
}
