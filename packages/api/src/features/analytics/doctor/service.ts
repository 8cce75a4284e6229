import type { DbCtx } from '../../../core/context.ts';
import { examineSegments } from '../segments/checking/service.ts';
import { ANALYTICS_CHECKS, type AnalyticsCheck } from './queries.ts';

/** Counts again what the ingestion has counted, from the events that are still stored. */
export const listAnalyticsChecks = (): AnalyticsCheck[] => ANALYTICS_CHECKS;

type Difference = { id: string; field: string; expected: string; found: string };

/** Packs the events again. A column that is not the same byte by byte is one difference. */
export async function comparePackedEvents(ctx: DbCtx, maxDifferences: number) {
  const { compared, differing, faults } = await examineSegments(ctx, maxDifferences);
  const differences = faults.map((fault): Difference => ({
    ...fault,
    expected: 'as packed from the events',
    found: 'different',
  }));
  return {
    name: 'analytics segments packed again',
    of: 'page and packed period',
    compared,
    differing,
    differences,
  };
}
