import { connectRedis } from '@linkgrove/api';
import { type ConnectionOptions, Queue, Worker } from 'bullmq';
import type { Backend, BackendOptions } from './backend.ts';

/** Braces make a cluster keep all keys of all queues in one place, which BullMQ's scripts need. */
const PREFIX = '{linkgrove}';

type Client = ReturnType<typeof connectRedis>;

/** Opens BullMQ on Redis; connects in the background, and again for as long as it takes. */
export function openRedisBackend(url: string, { onError }: BackendOptions): Backend {
  const clients: Client[] = [];
  const connect = (settings: Omit<Parameters<typeof connectRedis>[1], 'onError'>): ConnectionOptions => {
    const client = connectRedis(url, { ...settings, onError });
    clients.push(client);
    return client;
  };
  return {
    classes: { Queue, Worker },
    producer: connect({ enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 5_000 }),
    consumer: () => connect({ maxRetriesPerRequest: null }),
    prefix: PREFIX,
    close: async () => {
      for (const client of clients) client.disconnect();
    },
  };
}
