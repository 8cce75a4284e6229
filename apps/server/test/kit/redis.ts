import type { App } from '@linkgrove/api';
import { eventually } from './parallel.ts';

/**
 * Waits until a server is connected to Redis, and lets it wait for each answer as long as a busy machine needs. After half
 * a second it would count by itself, as it should, and no exact number could be expected of several servers.
 */
export async function settleRedis({ app: { redis } }: { app: Pick<App, 'redis'> }): Promise<void> {
  if (!redis) return;
  await eventually(() => redis.status === 'ready');
  // A cluster may replace the clients of its nodes meanwhile.
  const listClients = () => ('nodes' in redis ? redis.nodes() : [redis]);
  await eventually(async () => {
    const clients = listClients();
    for (const { options } of clients)
      Object.assign(options, { commandTimeout: 20_000, socketTimeout: 20_000 });
    // With the answer, the timers of earlier commands are over.
    const answers = await Promise.all(clients.map((client) => client.ping().catch(() => undefined)));
    return answers.every((answer) => answer === 'PONG');
  });
}
