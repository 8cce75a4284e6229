import type { Recorder } from '../core/capture/capture.ts';
import type { AppCtx } from '../core/context.ts';
import { createMetrics } from '../core/observability/metrics.ts';
import { createRecorder } from '../features/analytics/capture/service.ts';
import { createJudge } from '../features/analytics/judging/service.ts';
import { findAnalyticsPages } from '../features/analytics/queries.ts';
import type { AnalyticsInput, Batch } from '../features/analytics/schema.ts';
import { readBreakdowns } from '../features/analytics/breakdowns/service.ts';
import { readQueryCounts, resolveQuery } from '../features/analytics/service.ts';
import { countBatch, createPostgresSink, type EventSink } from '../features/analytics/sink/service.ts';
import { writeLinkVisits } from '../features/referrals/visits/service.ts';

/** A recorder like the app's own, that tells which batches were written. */
export function createWatchedRecorder(
  app: AppCtx,
  onWritten: (batchId: string, events: number) => void,
): Recorder {
  const sink = createEventSink(app);
  const judge = createJudge(app, async ({ accessToken }) => accessToken);
  const write = async (batch: Batch) => {
    await sink.write(batch);
    onWritten(batch.id, countBatch(batch));
  };
  return createRecorder({ ...app, metrics: createMetrics(), judge, sink: { write } });
}

export const createEventSink = (app: AppCtx): EventSink => createPostgresSink(app, writeLinkVisits);

type Input = Partial<AnalyticsInput>;
const resolve = (input: Input) => resolveQuery({ timezone: 'UTC', interval: 'day', ...input });

/** Parts of an answer of the analytics, past the cache. */
export const readAnalyticsOf = {
  chart: async (app: AppCtx, id: string, input: Input) =>
    readQueryCounts(app, await findAnalyticsPages(app.db, [id]), resolve(input)),
  breakdowns: async (app: AppCtx, id: string, input: Input) =>
    readBreakdowns(app, await findAnalyticsPages(app.db, [id]), resolve(input)),
};
