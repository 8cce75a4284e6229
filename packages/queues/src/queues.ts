import type { Logger } from '@linkgrove/api';
import { OUTBOX_QUEUES } from '@linkgrove/api/outbox-queues';
import type { BackendOptions, JobHandler, JobQueue, JobWorker, WorkOptions } from './backend.ts';
import { openPostgresBackend } from './postgres.ts';

export const QUEUE_NAMES = [...OUTBOX_QUEUES, 'scheduled', 'webhooks'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

export type Queues = {
  queue: (name: QueueName) => JobQueue;
  /** Close the returned worker before closing the queues. */
  work: (name: QueueName, handler: JobHandler, options: WorkOptions) => JobWorker;
  close: () => Promise<void>;
};

const LOG_EVERY_MS = 10_000;

/** Logs at most one error per `LOG_EVERY_MS`: every connection reports the same outage repeatedly. */
function createErrorLog(logger: Logger): (error: Error) => void {
  let last = -Infinity;
  return (error) => {
    if (performance.now() - last < LOG_EVERY_MS) return;
    last = performance.now();
    logger.warn({ err: error }, 'queue connection failed');
  };
}

export async function openQueues(options: {
  databaseUrl: string;
  redisUrl: string | undefined;
  logger: Logger;
  connections?: number;
}): Promise<Queues> {
  const onError = createErrorLog(options.logger);
  const settings: BackendOptions = { queues: QUEUE_NAMES, connections: options.connections ?? 10, onError };
  const backend = options.redisUrl
    ? (await import('./redis.ts')).openRedisBackend(options.redisUrl, settings)
    : await openPostgresBackend(options.databaseUrl, settings);
  const openQueue = (name: QueueName): JobQueue => backend.openQueue(name).on('error', onError);
  const queues: Record<QueueName, JobQueue> = {
    urgent: openQueue('urgent'),
    bulk: openQueue('bulk'),
    scheduled: openQueue('scheduled'),
    webhooks: openQueue('webhooks'),
  };
  return {
    queue: (name) => queues[name],
    work: (name, handler, work) => backend.openWorker(name, handler, work).on('error', onError),
    close: async () => {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
      await backend.close();
    },
  };
}
