import { randomUUID } from 'node:crypto';
import { type App, OUTBOX_QUEUES, relayMessages, releaseMessages } from '@linkgrove/api/jobs';
import { releaseLease, takeLease } from '@linkgrove/db';
import type { JobQueue, Queues } from '@linkgrove/queues';
import { startSchedules } from './schedules.ts';
import { repeatEvery, withDeadline } from './time.ts';

const BATCH = 500;
/** What a queue holds at most; the rest waits in the outbox, where it takes no memory. */
const MOST_WAITING = 2_000;
const MOST_HELD = 20_000;
/** How long a queue may take to answer. */
const PATIENCE_MS = 5_000;

const LEASE = { name: 'relay', seconds: 5 };
const RENEW_MS = 1_000;
const SCHEDULES_MS = 5_000;

async function hasRoom(queue: JobQueue): Promise<boolean> {
  const { waiting = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'delayed');
  return waiting < MOST_WAITING && waiting + delayed < MOST_HELD;
}

/** Fills a queue from the outbox, by a batch at most; returns how many messages were moved. */
const fill = (app: App, name: (typeof OUTBOX_QUEUES)[number], queue: JobQueue): Promise<number> =>
  relayMessages(app, name, BATCH, (messages) =>
    withDeadline(PATIENCE_MS, async () => {
      if (!(await hasRoom(queue))) return false;
      // The message's id keeps its job single.
      const opts = (jobId: string) => ({ jobId, attempts: app.config.worker.jobAttempts });
      await queue.addBulk(
        messages.map(({ id, topic }) => ({ name: topic, data: { outboxId: id }, opts: opts(id) })),
      );
      return true;
    }),
  );

/** Keeps the schedules; a queue without any has lost its memory, and is told everything again. */
async function maintain(app: App, queues: Queues): Promise<void> {
  const hadNone = await withDeadline(PATIENCE_MS, () => startSchedules(queues.queue('upkeep')));
  if (hadNone) await releaseMessages(app);
}

/** Does `work` at its first call, then again when so many milliseconds have passed since it last succeeded. */
function every(ms: number, work: () => Promise<void>): () => Promise<void> {
  let last = -Infinity;
  return async () => {
    if (performance.now() - last < ms) return;
    await work();
    last = performance.now();
  };
}

/**
 * Moves new messages from the outbox into the queues, the urgent ones first, and keeps the schedules. Of all workers
 * one does so at a time; when it is gone, another takes over within six seconds. Polling costs an index probe
 * on an empty index; a NOTIFY per sign-up would make all commits of the database wait for one lock.
 */
export function startRelay(
  app: App,
  queues: Queues,
  pollMs: number,
): { isLeader: () => boolean; stop: () => Promise<void> } {
  const lease = { ...LEASE, holder: randomUUID() };
  let isLeader = false;
  const lead = every(RENEW_MS, async () => {
    isLeader = await takeLease(app.db, lease);
  });
  const keep = every(SCHEDULES_MS, () => maintain(app, queues));
  const turn = async (): Promise<number> => {
    try {
      await lead();
      if (!isLeader) return RENEW_MS;
      let isFull = false;
      for (const name of OUTBOX_QUEUES)
        isFull = (await fill(app, name, queues.queue(name))) === BATCH || isFull;
      await keep();
      return isFull ? 0 : pollMs;
    } catch (error) {
      app.logger.warn({ err: error }, 'The outbox could not be relayed');
      return RENEW_MS;
    }
  };
  const loop = repeatEvery(turn);
  return {
    isLeader: () => isLeader,
    stop: async () => {
      await loop.stop();
      isLeader = false;
      await releaseLease(app.db, lease).catch(() => {});
    },
  };
}
