import type { App } from '@linkgrove/api';
import { eventually } from './parallel.ts';

/**
 * Waits until a server is connected to Redis, and lets it wait for each answer as long as a busy machine needs. After half
 * a second it would count by itself, as it should, and no exact number could be expected of several servers.
 */
export async function settleRedis({ app: { redis } }: { app: Pick<App, 'redis'> }): Promise<void> {
  if (!redis) return;
  await eventually(() => redis.status === 'ready');
  for (const client of 'nodes' in redis ? redis.nodes() : [redis]) {
    Object.assign(client.options, { commandTimeout: 20_000, socketTimeout: 20_000 });
    // With the answer, the timers of earlier commands are over.
    await eventually(() => client.ping().catch(() => false));
  }
}
