import type { Capture, Recorder } from '../../../core/capture/capture.ts';
import type { Logger } from '../../../core/observability/logger.ts';
import { type Metrics, watchAnalytics } from '../../../core/observability/metrics.ts';
import { createPacer } from '../../../core/pacing.ts';
import { FLUSH_EVENTS, FLUSH_MS, MAX_BUFFERED } from '../policy.ts';
import type { AnalyticsEvent, Exclusion, LinkVisit } from '../schema.ts';
import type { EventSink } from '../sink/service.ts';
import { createBatchWriter } from './writing/service.ts';

export type Verdict =
  | { kind: 'event'; event: AnalyticsEvent }
  | { kind: 'excluded'; excluded: Exclusion }
  | { kind: 'visit'; visit: LinkVisit }
  | { kind: 'none' };

/** Decides whether a capture counts. */
export type Judge = (capture: Capture) => Verdict | Promise<Verdict>;

export { isPrivacyRequested, type Loading, readLoading } from './policy.ts';

type RecorderOptions = {
  sink: EventSink;
  judge: Judge;
  logger: Pick<Logger, 'warn' | 'error'>;
  metrics: Metrics;
};

const createResults = (): Record<Exclusion | 'counted' | 'lost', number> => ({
  counted: 0,
  bots: 0,
  owner: 0,
  repeats: 0,
  dropped: 0,
  lost: 0,
});

/** `later` works within a second, `now` in the next turn of the event loop. */
function createTrigger(work: { later: () => void; now: () => void }) {
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  return {
    later: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        work.later();
      }, FLUSH_MS).unref();
    },
    now: () => {
      immediate ??= setImmediate(() => {
        immediate = undefined;
        work.now();
      });
    },
    stop: () => clearTimeout(timer),
  };
}

type JudgingOptions = {
  judge: Judge;
  keep: (capture: Capture, verdict: Verdict) => void;
  lose: (error: unknown) => void;
};

/** Captures in their order; the event loop gets its turns. */
function createJudging({ judge, keep, lose }: JudgingOptions) {
  const captures: Capture[] = [];
  let draining: Promise<void> | undefined;

  /** Most captures need no waiting, which would cost more than the rest. */
  const judgeOne = (capture: Capture): Promise<void> | undefined => {
    try {
      const verdict = judge(capture);
      if (verdict instanceof Promise) return verdict.then((one) => keep(capture, one)).catch(lose);
      keep(capture, verdict);
    } catch (error) {
      lose(error);
    }
    return undefined;
  };

  const judgeAll = async () => {
    const pause = createPacer();
    while (captures.length > 0) {
      for (const capture of captures.splice(0, FLUSH_EVENTS)) {
        const pending = judgeOne(capture);
        if (pending) await pending;
      }
      await pause();
    }
  };

  const drain = () =>
    (draining ??= judgeAll().finally(() => {
      draining = undefined;
    }));

  return { captures, drain, isDraining: () => draining !== undefined };
}

/** Captures wait to be judged and events to be written, each in a bounded buffer, so that a slow database delays no judging. */
export function createRecorder({ sink, judge, logger, metrics }: RecorderOptions): Recorder {
  const results = createResults();
  const onLost = (events: number) => {
    results.lost += events;
  };
  const writer = createBatchWriter({ sink, logger, onLost });
  const exclude = ({ subject, at }: Capture, excluded: Exclusion) => {
    results[excluded] += 1;
    if (subject.kind !== 'visit') writer.tallies.add(subject, at, excluded);
  };

  const keep = (capture: Capture, verdict: Verdict) => {
    if (verdict.kind === 'none') return;
    if (verdict.kind === 'excluded') return exclude(capture, verdict.excluded);
    if (writer.isFull()) return exclude(capture, 'dropped');
    if (verdict.kind === 'event') writer.addEvent(verdict.event);
    else writer.addVisit(verdict.visit);
    results.counted += 1;
  };

  const lose = (error: unknown) => {
    results.lost += 1;
    logger.error({ err: error }, 'analytics event lost');
  };

  const { captures, drain, isDraining } = createJudging({ judge, keep, lose });
  const size = () => captures.length + writer.size();
  watchAnalytics(metrics, { results, bufferSize: size });

  const settle = async () => {
    await drain();
    await writer.write();
    if (size() > 0) trigger.later();
  };
  /** A flood that does not count is not worth a write before its second is over. */
  const judgeFlood = async () => {
    await drain();
    if (writer.isBatchFull()) await writer.write();
  };
  const trigger = createTrigger({ later: () => void settle(), now: () => void judgeFlood() });

  return {
    push: (capture) => {
      if (captures.length >= MAX_BUFFERED) return exclude(capture, 'dropped');
      captures.push(capture);
      trigger.later();
      if (captures.length >= FLUSH_EVENTS && !isDraining()) trigger.now();
    },
    settle: async () => {
      if (size() > 0) await settle();
    },
    settleVisits: async () => {
      if (isDraining() || writer.hasVisits() || captures.some(({ subject }) => subject.kind === 'visit'))
        await settle();
    },
    close: async () => {
      if (size() > 0) await settle();
      trigger.stop();
      if (size() > 0)
        logger.error({ events: size() }, 'analytics events lost: the database was away at the stop');
    },
  };
}
