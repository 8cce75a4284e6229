import { type ConnectionOptions, Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import type { Backend, BackendOptions } from './backend.ts';

/** Braces make a cluster keep all keys of all queues in one place, which BullMQ's scripts need. */
const PREFIX = '{linkgrove}';

/** How long to wait before the next attempt to connect. */
const retryStrategy = (attempt: number): number => Math.min(100 * attempt, 1_000);

/** Opens BullMQ on Redis; connects in the background, and again for as long as it takes. */
export function openRedis(url: string, { onError }: BackendOptions): Backend {
  const clients: Redis[] = [];
  const connect = (
    options: Pick<RedisOptions, 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'commandTimeout'>,
  ): ConnectionOptions => {
    const client = new Redis(url, { ...options, retryStrategy, connectTimeout: 3_000 });
    client.on('error', onError);
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
