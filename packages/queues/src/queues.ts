import type { Logger } from '@linkgrove/api';
import { OUTBOX_QUEUES } from '@linkgrove/api/jobs';
import type { Job as BullJob, Queue, Worker } from 'bullmq';
import type { BackendOptions } from './backend.ts';
import { JOB_OPTIONS, WORKER_OPTIONS } from './options.ts';
import { openPostgresBackend } from './postgres.ts';
import { openRedisBackend } from './redis.ts';

/** A queue for each urgency of the outbox, and one for what runs by the clock. */
export const QUEUE_NAMES = [...OUTBOX_QUEUES, 'upkeep'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** A job names the outbox row it stands for; what it needs is read from there. */
export type JobData = { outboxId?: string };
export type QueueJob = BullJob<JobData, void>;
export type JobQueue = Queue<JobData, void>;
export type JobWorker = Worker<JobData, void>;

export type WorkOptions = {
  concurrency: number;
  /** At most so many jobs in so many seconds, over all workers together. */
  rate?: { points: number; seconds: number } | undefined;
};

export type Queues = {
  queue: (name: QueueName) => JobQueue;
  /** Begins to work on a queue; what it returns must be closed before the queues are. */
  work: (name: QueueName, process: (job: QueueJob) => Promise<void>, options: WorkOptions) => JobWorker;
  close: () => Promise<void>;
};

const LOG_EVERY_MS = 10_000;

/** Each connection tells of an outage again and again; one line in a while is enough. */
function logCalmly(logger: Logger): (error: Error) => void {
  let last = -Infinity;
  return (error) => {
    if (performance.now() - last < LOG_EVERY_MS) return;
    last = performance.now();
    logger.warn({ err: error }, 'A queue connection broke');
  };
}

/** Opens the queues: on Redis where there is one, else on PostgreSQL. Throws where PostgreSQL is out of reach. */
export async function openQueues(options: {
  databaseUrl: string;
  redisUrl: string | undefined;
  logger: Logger;
  connections?: number;
}): Promise<Queues> {
  const onError = logCalmly(options.logger);
  const settings: BackendOptions = { queues: QUEUE_NAMES, connections: options.connections ?? 10, onError };
  const backend = options.redisUrl
    ? openRedisBackend(options.redisUrl, settings)
    : await openPostgresBackend(options.databaseUrl, settings);
  const prefix = backend.prefix ? { prefix: backend.prefix } : {};
  const open = (name: QueueName): JobQueue =>
    new backend.classes.Queue<JobData, void>(name, {
      connection: backend.producer,
      defaultJobOptions: JOB_OPTIONS,
      ...prefix,
    }).on('error', onError);
  const queues = new Map(QUEUE_NAMES.map((name) => [name, open(name)]));
  return {
    queue: (name) => queues.get(name) as JobQueue,
    work: (name, process, { concurrency, rate }) =>
      new backend.classes.Worker<JobData, void>(name, process, {
        ...WORKER_OPTIONS,
        ...prefix,
        connection: backend.consumer(),
        concurrency,
        ...(rate && { limiter: { max: rate.points, duration: rate.seconds * 1_000 } }),
      }).on('error', onError),
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await backend.close();
    },
  };
}
