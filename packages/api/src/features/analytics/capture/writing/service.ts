import { isDatabaseUnavailable } from '@linkgrove/db';
import { generateId } from '../../../../core/crypto/ids.ts';
import type { Logger } from '../../../../core/observability/logger.ts';
import { FLUSH_EVENTS, MAX_BATCH_EVENTS, MAX_BUFFERED, MAX_TALLIES } from '../../policy.ts';
import type { AnalyticsEvent, Batch, LinkVisit } from '../../schema.ts';
import { countBatch, type EventSink } from '../../sink/service.ts';
import { createTallies } from '../tallies/service.ts';

type WriterOptions = {
  sink: EventSink;
  logger: Pick<Logger, 'warn' | 'error'>;
  onLost: (events: number) => void;
};

const MAX_WRITES_OF_A_BROKEN_BATCH = 3;

/** Keeps a batch and its ID until the sink has it, and everything else in order behind it. */
export function createBatchWriter({ sink, logger, onLost }: WriterOptions) {
  const events: AnalyticsEvent[] = [];
  const visits: LinkVisit[] = [];
  const tallies = createTallies(MAX_TALLIES);
  let batch: Batch | undefined;
  let failures = 0;
  let writing: Promise<void> | undefined;

  const takeBatch = (): Batch | undefined => {
    if (events.length + visits.length + tallies.size() === 0) return undefined;
    return {
      id: generateId(),
      events: events.splice(0, MAX_BATCH_EVENTS),
      tallies: tallies.take(MAX_BATCH_EVENTS),
      visits: visits.splice(0, MAX_BATCH_EVENTS),
    };
  };

  /** A batch that the database refuses must not block those after it. */
  const handleFailure = (failed: Batch, error: unknown) => {
    failures += 1;
    const details = { err: error, batchId: failed.id, events: countBatch(failed) };
    if (isDatabaseUnavailable(error) || failures < MAX_WRITES_OF_A_BROKEN_BATCH) {
      logger.warn(details, 'analytics batch not written yet');
      return;
    }
    logger.error(details, 'analytics batch lost');
    onLost(details.events);
    batch = undefined;
    failures = 0;
  };

  const writeAll = async () => {
    for (let next = batch ?? takeBatch(); next; next = takeBatch()) {
      batch = next;
      try {
        await sink.write(next);
        batch = undefined;
        failures = 0;
      } catch (error) {
        handleFailure(next, error);
        return;
      }
    }
  };

  const write = () =>
    (writing ??= writeAll().finally(() => {
      writing = undefined;
    }));

  return {
    tallies,
    isFull: () => events.length + visits.length >= MAX_BUFFERED,
    isBatchFull: () => events.length + visits.length >= FLUSH_EVENTS,
    addEvent: (event: AnalyticsEvent) => void events.push(event),
    addVisit: (visit: LinkVisit) => void visits.push(visit),
    /** Including the batch that is being written. */
    size: () =>
      events.length + visits.length + tallies.size() + (batch ? countBatch(batch) + batch.visits.length : 0),
    hasVisits: () => visits.length > 0 || (batch !== undefined && batch.visits.length > 0),
    /** Returns when the sink has everything, or refuses. */
    write: async () => {
      // A batch that is being written does not include what was added since.
      await writing;
      await write();
    },
  };
}
