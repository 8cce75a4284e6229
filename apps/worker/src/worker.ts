import { type App, JOBS_BY_TOPIC, OUTBOX_QUEUES } from '@linkgrove/api/jobs';
import { type JobWorker, openQueues, type QueueName } from '@linkgrove/queues';
import { createMessageHandler, recordFailures } from './handling.ts';
import { createWorkerMetrics } from './metrics.ts';
import { startRelay } from './relay.ts';
import { runScheduledJob } from './schedules.ts';
import { createMailer } from './smtp.ts';
import { startStatusServer } from './status.ts';
import { settlesWithin } from './time.ts';

export type RunningWorker = {
  /** Where `/healthz`, `/readyz` and `/metrics` are, if `WORKER_PORT` is set. */
  statusUrl: string | undefined;
  /** Ends what has begun within the time that the settings give; what is not done by then runs again elsewhere. */
  close: () => Promise<void>;
};

/** What closing takes beside waiting for jobs. */
const CLOSE_MS = 1_500;

/** Starts relaying the outbox, handling its messages and doing upkeep, until it is closed. */
export async function startWorker(
  app: App,
  options: { databaseUrl: string; pollMs?: number; handlers?: typeof JOBS_BY_TOPIC },
): Promise<RunningWorker> {
  const { config, logger } = app;
  const { databaseUrl, pollMs = 250, handlers = JOBS_BY_TOPIC } = options;
  const queues = await openQueues({ databaseUrl, redisUrl: config.redisUrl, logger });
  const mailers: ReturnType<typeof createMailer>[] = [];
  const handle = (name: (typeof OUTBOX_QUEUES)[number]): [QueueName, JobWorker] => {
    const [concurrency, rate] = [config.worker.concurrency[name], config.worker.rate[name]];
    // Each queue has connections of its own to the mail server, or the bulk would be in the way there.
    const mailer = createMailer(config, concurrency);
    mailers.push(mailer);
    return [name, queues.work(name, createMessageHandler(app, handlers, mailer.send), { concurrency, rate })];
  };
  const workers: [QueueName, JobWorker][] = [
    ...OUTBOX_QUEUES.map(handle),
    ['upkeep', queues.work('upkeep', runScheduledJob(app, queues), { concurrency: 2 })],
  ];
  const relay = startRelay(app, queues, pollMs);
  const metrics = createWorkerMetrics(app, queues, relay.isLeader);
  for (const [name, worker] of workers) {
    recordFailures(app, worker);
    metrics.watch(name, worker);
  }
  const status = await startStatusServer(app, queues, metrics.render);
  const closeAll = async () => {
    await Promise.all([relay.stop(), ...workers.map(([, worker]) => worker.close())]);
    await queues.close();
  };
  return {
    statusUrl: status?.url,
    close: async () => {
      const isDone = await settlesWithin(config.shutdownMs - CLOSE_MS, closeAll());
      if (!isDone) logger.warn('Jobs were cut off; they run again elsewhere');
      for (const mailer of mailers) mailer.close();
      await status?.close();
    },
  };
}
