import type { Logger } from '@linkgrove/api';
import { createPostgresBackend, type PgPool, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';

/** Work of one kind waits in one queue, so that a flood of one kind never delays another. */
export const QUEUES = {
  mail: { concurrency: 5 },
  events: { concurrency: 5 },
  upkeep: { concurrency: 1 },
} as const;
export type QueueName = keyof typeof QUEUES;
const NAMES = Object.keys(QUEUES) as QueueName[];

/** Mail has a queue of its own; every other topic of the outbox is an event. */
export const queueOf = (topic: string): QueueName => (topic.startsWith('mail.') ? 'mail' : 'events');

/** A job names the outbox row it stands for; what it needs is read from there. */
export type JobData = { outboxId?: string };

const { Queue, Worker } = withBackend(createPostgresBackend);
export type JobQueue = InstanceType<typeof Queue<JobData, void>>;
export type JobWorker = InstanceType<typeof Worker<JobData, void>>;
export type Processor = (job: { id?: string | undefined; name: string; data: JobData }) => Promise<void>;

const JOB_OPTIONS = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 7 * 86_400, count: 10_000 },
};

export type Queues = {
  queue: (name: QueueName) => JobQueue;
  work: (name: QueueName, process: Processor) => JobWorker;
  close: () => Promise<void>;
};

/** Opens BullMQ on PostgreSQL, in a schema of its own beside ours. */
export async function openQueues(databaseUrl: string, logger: Logger): Promise<Queues> {
  const onError = (error: Error) => logger.warn({ err: error }, 'A queue connection broke');
  const concurrency = Object.values(QUEUES).reduce((sum, queue) => sum + queue.concurrency, 0);
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    options: '-c search_path=bullmq,public',
    // Each worker keeps one connection to listen on.
    max: concurrency + NAMES.length + 2,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  pool.on('error', onError);
  const client = await pool.connect();
  await runMigrations(client).finally(() => client.release());

  // BullMQ describes pools in its own words; this is the one it documents.
  const connection = pool as unknown as PgPool;
  const queues = new Map(
    NAMES.map((name) => {
      const queue = new Queue<JobData, void>(name, { connection, defaultJobOptions: JOB_OPTIONS });
      queue.on('error', onError);
      return [name, queue];
    }),
  );
  const workers: JobWorker[] = [];
  return {
    queue: (name) => queues.get(name) as JobQueue,
    work: (name, process) => {
      const worker = new Worker<JobData, void>(name, process, {
        connection,
        concurrency: QUEUES[name].concurrency,
        // A job whose worker was killed runs again elsewhere after these two, and is not given up for it.
        lockDuration: 10_000,
        stalledInterval: 5_000,
        maxStalledCount: 10,
      });
      worker.on('error', onError);
      workers.push(worker);
      return worker;
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await pool.end();
    },
  };
}
