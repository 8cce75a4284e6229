import { once } from 'node:events';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../observability/logger.ts';
import { parseRedisUrl, type RedisAddress } from './redis-url.ts';

export type RedisClient = Redis | Cluster;

export type RedisSettings = Pick<
  RedisOptions,
  | 'autoResendUnfulfilledCommands'
  | 'commandTimeout'
  | 'connectTimeout'
  | 'enableOfflineQueue'
  | 'maxRetriesPerRequest'
  | 'socketTimeout'
>;

const computeRetryDelay = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);

function commonOptions({ tls, username, password }: RedisAddress, settings: RedisSettings) {
  return {
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && { tls: {} }),
    connectTimeout: 2_000,
    keepAlive: 10_000,
    connectionName: 'linkgrove',
    ...settings,
  };
}

function connectToCluster(address: RedisAddress, settings: RedisSettings): Cluster {
  const { enableOfflineQueue = true, ...rest } = settings;
  return new Cluster(address.nodes, {
    enableOfflineQueue,
    clusterRetryStrategy: computeRetryDelay,
    maxRedirections: 4,
    redisOptions: commonOptions(address, rest),
    // Certificates hold host names, so connect by name instead of by looked-up address.
    ...(address.tls && { dnsLookup: (host, done) => done(null, host) }),
  });
}

function connect(address: RedisAddress, settings: RedisSettings): RedisClient {
  const { kind, nodes, tls, db, masterName, sentinelUsername, sentinelPassword } = address;
  const common = { ...commonOptions(address, settings), db, retryStrategy: computeRetryDelay };
  if (kind === 'cluster') return connectToCluster(address, settings);
  if (kind === 'single') return new Redis({ ...common, ...nodes[0] });
  return new Redis({
    ...common,
    sentinels: nodes,
    ...(masterName && { name: masterName }),
    sentinelRetryStrategy: computeRetryDelay,
    sentinelCommandTimeout: 2_000,
    enableTLSForSentinelMode: tls,
    // A demoted master rejects writes. (ioredis' `failoverDetector` permanently closes clients still connecting.)
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(sentinelUsername && { sentinelUsername }),
    ...(sentinelPassword && { sentinelPassword }),
    ...(tls && { sentinelTLS: {} }),
  });
}

export function connectRedis(
  url: string,
  options: RedisSettings & { onError: (error: Error) => void },
): RedisClient {
  const { onError, ...settings } = options;
  const address = parseRedisUrl(url);
  if (!address) throw new Error('Not a Redis URL');
  const client = connect(address, settings);
  // Without a listener, ioredis prints every failed attempt.
  client.on('error', onError);
  return client;
}

/** For commands that a request waits for: they fail at once without a connection, and soon without an answer. */
export const REQUEST_SETTINGS = {
  connectTimeout: 1_000,
  commandTimeout: 500,
  socketTimeout: 700,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
} as const satisfies RedisSettings;

/** Caches may lose entries, but queues must not lose jobs. */
async function warnOfEviction(redis: RedisClient, logger: Logger): Promise<void> {
  const memory = await redis.info('memory').catch(() => undefined);
  if (memory === undefined) {
    if (redis.status === 'ready') setTimeout(() => void warnOfEviction(redis, logger), 1_000).unref();
    return;
  }
  const [, policy = 'noeviction'] = /maxmemory_policy:(\S+)/.exec(memory) ?? [];
  if (policy !== 'noeviction')
    logger.warn({ policy }, 'Redis may evict jobs: set its maxmemory-policy to noeviction');
}

const START_MS = 1_000;

export async function openRedis(url: string, logger: Logger): Promise<RedisClient> {
  let isUnavailable = false;
  const onError = (error: Error) => {
    if (!isUnavailable)
      logger.warn({ err: error }, 'Redis is unavailable: each process keeps its own limits and caches');
    isUnavailable = true;
  };
  const redis = connectRedis(url, { ...REQUEST_SETTINGS, onError });
  redis.on('ready', () => {
    if (isUnavailable) logger.info('Redis is available again');
    isUnavailable = false;
    void warnOfEviction(redis, logger);
  });
  await once(redis, 'ready', { signal: AbortSignal.timeout(START_MS) }).catch(() => {});
  return redis;
}

const CHANNEL = 'linkgrove';

/** Messages are lost while Redis is unavailable; cached values then simply expire. */
export function openAnnouncements(
  url: string,
  options: { publisher: RedisClient; onMessage: (message: string) => void },
): { announce: (message: string) => void; close: () => Promise<void> } {
  const subscriber = connectRedis(url, { maxRetriesPerRequest: null, onError: () => {} });
  subscriber.on('message', (_channel: string, message: string) => options.onMessage(message));
  subscriber.subscribe(CHANNEL).catch(() => {});
  return {
    announce: (message) => void options.publisher.publish(CHANNEL, message).catch(() => {}),
    close: async () => subscriber.disconnect(),
  };
}
