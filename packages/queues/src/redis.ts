import { connectRedis } from '@linkgrove/api/redis';
import { type ConnectionOptions, Queue, Worker } from 'bullmq';
import type { Backend, BackendOptions, JobData } from './backend.ts';
import { JOB_OPTIONS, toWorkerOptions } from './options.ts';

/** The braces keep all keys in one hash slot of a Redis Cluster, which BullMQ's scripts require. */
const PREFIX = '{linkgrove}';

type Client = ReturnType<typeof connectRedis>;

export function openRedisBackend(url: string, { onError }: BackendOptions): Backend {
  const clients: Client[] = [];
  const connect = (settings: Omit<Parameters<typeof connectRedis>[1], 'onError'>): ConnectionOptions => {
    const client = connectRedis(url, { ...settings, onError });
    clients.push(client);
    return client;
  };
  const producer = connect({ enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 5_000 });
  return {
    openQueue: (name) =>
      new Queue<JobData, void>(name, {
        connection: producer,
        defaultJobOptions: JOB_OPTIONS,
        prefix: PREFIX,
      }),
    openWorker: (name, handler, options) =>
      new Worker<JobData, void>(name, handler, {
        ...toWorkerOptions(options),
        connection: connect({ maxRetriesPerRequest: null }),
        prefix: PREFIX,
      }),
    close: async () => {
      for (const client of clients) client.disconnect();
    },
  };
}
