import { randomUUID } from 'node:crypto';
import {
  type App,
  claimDeliveries,
  dispatchEvents,
  OUTBOX_QUEUES,
  relayMessages,
  releaseMessages,
} from '@linkgrove/api/jobs';
import { releaseLease, takeLease } from '@linkgrove/db';
import type { JobQueue, Queues } from '@linkgrove/queues';
import { startSchedules } from './schedules.ts';
import { startLoop, withDeadline } from './time.ts';

const BATCH = 500;
// A full queue leaves its messages in the outbox, where they take no memory.
const MAX_WAITING = 2_000;
const MAX_QUEUED = 20_000;
const QUEUE_TIMEOUT_MS = 5_000;

const LEASE = { name: 'relay', seconds: 5 };
const RENEW_MS = 1_000;
const SCHEDULES_MS = 5_000;

async function hasRoom(queue: JobQueue): Promise<boolean> {
  const { waiting = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'delayed');
  return waiting < MAX_WAITING && waiting + delayed < MAX_QUEUED;
}

const fillQueue = (app: App, name: (typeof OUTBOX_QUEUES)[number], queue: JobQueue): Promise<number> =>
  relayMessages(app, name, BATCH, (messages) =>
    withDeadline(QUEUE_TIMEOUT_MS, async () => {
      if (!(await hasRoom(queue))) return false;
      const toOptions = (jobId: string) => ({ jobId, attempts: app.config.worker.jobAttempts });
      await queue.addBulk(
        messages.map(({ id, topic, requestId }) => ({
          name: topic,
          data: { outboxId: id, ...(requestId !== null && { requestId }) },
          opts: toOptions(id),
        })),
      );
      return true;
    }),
  );

const MAX_WAITING_DELIVERIES = 500;

/** The claims of jobs that get lost end, and their deliveries are claimed again. */
async function fillDeliveries(app: App, queue: JobQueue): Promise<void> {
  const { waiting = 0 } = await queue.getJobCounts('waiting');
  if (waiting >= MAX_WAITING_DELIVERIES) return;
  await claimDeliveries(app, MAX_WAITING_DELIVERIES - waiting, async (all) => {
    const opts = { attempts: 1, removeOnComplete: true, removeOnFail: true };
    await queue.addBulk(all.map((claimed) => ({ name: 'deliver', data: { claimed }, opts })));
  });
}

/** A queue without schedules lost its data, so all open messages are relayed again. */
async function maintainSchedules(app: App, queues: Queues): Promise<void> {
  const hadNone = await withDeadline(QUEUE_TIMEOUT_MS, () => startSchedules(queues.queue('scheduled')));
  if (hadNone) await releaseMessages(app);
}

function throttleWork(ms: number, work: () => Promise<void>): () => Promise<void> {
  let last = -Infinity;
  return async () => {
    if (performance.now() - last < ms) return;
    await work();
    last = performance.now();
  };
}

/** Polls, because a NOTIFY per sign-up would serialize all commits on one lock. Fails over within six seconds. */
export function startRelay(
  app: App,
  queues: Queues,
  pollMs: number,
): { isLeader: () => boolean; stop: () => Promise<void> } {
  const lease = { ...LEASE, holder: randomUUID() };
  let isLeader = false;
  const renewLease = throttleWork(RENEW_MS, async () => {
    isLeader = await takeLease(app.db, lease);
  });
  const keepSchedules = throttleWork(SCHEDULES_MS, () => maintainSchedules(app, queues));
  const takeTurn = async (): Promise<number> => {
    try {
      await renewLease();
      if (!isLeader) return RENEW_MS;
      let isFull = false;
      for (const name of OUTBOX_QUEUES)
        isFull = (await fillQueue(app, name, queues.queue(name))) === BATCH || isFull;
      await keepSchedules();
      await dispatchEvents(app);
      await withDeadline(QUEUE_TIMEOUT_MS, () => fillDeliveries(app, queues.queue('webhooks')));
      return isFull ? 0 : pollMs;
    } catch (error) {
      app.logger.warn({ err: error }, 'could not relay the outbox');
      return RENEW_MS;
    }
  };
  const loop = startLoop(takeTurn);
  return {
    isLeader: () => isLeader,
    stop: async () => {
      await loop.stop();
      isLeader = false;
      await releaseLease(app.db, lease).catch(() => {});
    },
  };
}
