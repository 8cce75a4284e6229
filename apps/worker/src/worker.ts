import { type App, tryDelivery, JOBS_BY_TOPIC, OUTBOX_QUEUES } from '@linkgrove/api/jobs';
import { type JobWorker, openQueues, type QueueName } from '@linkgrove/queues';
import { createMessageHandler, recordFailures } from './handling.ts';
import { createWorkerMetrics } from './metrics.ts';
import { startRelay } from './relay.ts';
import { runScheduledJob } from './schedules.ts';
import { createMailer } from './smtp.ts';
import { startStatusServer } from './status.ts';
import { hasSettledWithin } from './time.ts';

export type RunningWorker = {
  statusUrl: string | undefined;
  /** Waits up to `shutdownMs` for running jobs; those that are cut off run again on another worker. */
  close: () => Promise<void>;
};

/** A deletion that takes its full minute leaves room for the jobs of every few seconds. */
const SCHEDULED_CONCURRENCY = 4;

const CLOSE_MS = 1_500;

type WorkerOptions = {
  databaseUrl?: string;
  pollMs?: number;
  handlers?: typeof JOBS_BY_TOPIC;
  /** False leaves scheduled jobs to other workers. */
  runsScheduledJobs?: boolean;
};

export async function startWorker(app: App, options: WorkerOptions = {}): Promise<RunningWorker> {
  const { config, logger } = app;
  const { databaseUrl = app.databaseUrl, pollMs = 250, handlers = JOBS_BY_TOPIC } = options;
  const { runsScheduledJobs = true } = options;
  const queues = await openQueues({ databaseUrl, redisUrl: config.redisUrl, logger });
  const mailers: ReturnType<typeof createMailer>[] = [];
  const startHandling = (name: (typeof OUTBOX_QUEUES)[number]): [QueueName, JobWorker] => {
    const [concurrency, rate] = [config.worker.concurrency[name], config.worker.rate[name]];
    // Separate mail connections per queue, so that bulk mail cannot delay urgent mail.
    const mailer = createMailer(config, concurrency);
    mailers.push(mailer);
    return [name, queues.work(name, createMessageHandler(app, handlers, mailer.send), { concurrency, rate })];
  };
  const workers: [QueueName, JobWorker][] = [
    ...OUTBOX_QUEUES.map(startHandling),
    [
      'webhooks',
      queues.work(
        'webhooks',
        async ({ data: { claimed } }) => {
          if (claimed) await tryDelivery(app, claimed);
        },
        { concurrency: config.worker.concurrency.webhooks },
      ),
    ],
  ];
  if (runsScheduledJobs)
    workers.push([
      'scheduled',
      queues.work('scheduled', runScheduledJob(app, queues), { concurrency: SCHEDULED_CONCURRENCY }),
    ]);
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
      const isDone = await hasSettledWithin(config.shutdownMs - CLOSE_MS, closeAll());
      if (!isDone) logger.warn('shutdown cut off running jobs, they will run again');
      for (const mailer of mailers) mailer.close();
      await status?.close();
    },
  };
}
