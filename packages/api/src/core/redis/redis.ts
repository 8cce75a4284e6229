import { once } from 'node:events';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../observability/logger.ts';
import { parseRedisUrl, type RedisAddress } from './redis-url.ts';

/** A connection to one server, to the master that Sentinels name, or to a Cluster. */
export type RedisClient = Redis | Cluster;

/** What may differ from one connection to the other. */
export type RedisSettings = Pick<
  RedisOptions,
  | 'autoResendUnfulfilledCommands'
  | 'commandTimeout'
  | 'connectTimeout'
  | 'enableOfflineQueue'
  | 'maxRetriesPerRequest'
  | 'socketTimeout'
>;

/** How long to wait before the next attempt to connect: back within a second of Redis, without a storm. */
const retryDelay = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);

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
    clusterRetryStrategy: retryDelay,
    maxRedirections: 4,
    redisOptions: commonOptions(address, rest),
    // Certificates carry names, which a lookup would turn into addresses.
    ...(address.tls && { dnsLookup: (host, done) => done(null, host) }),
  });
}

function connect(address: RedisAddress, settings: RedisSettings): RedisClient {
  const { kind, nodes, tls, db, masterName, sentinelUsername, sentinelPassword } = address;
  const common = { ...commonOptions(address, settings), db, retryStrategy: retryDelay };
  if (kind === 'cluster') return connectToCluster(address, settings);
  if (kind === 'single') return new Redis({ ...common, ...nodes[0] });
  return new Redis({
    ...common,
    sentinels: nodes,
    ...(masterName && { name: masterName }),
    sentinelRetryStrategy: retryDelay,
    sentinelCommandTimeout: 2_000,
    enableTLSForSentinelMode: tls,
    // A master that was demoted takes no more writes. (ioredis' own `failoverDetector` ends for good a client that is
    // just connecting when it is told of a failover.)
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(sentinelUsername && { sentinelUsername }),
    ...(sentinelPassword && { sentinelPassword }),
    ...(tls && { sentinelTLS: {} }),
  });
}

/**
 * Opens a connection to the Redis of a URL that `parseRedisUrl` reads; throws for any other. It connects in the
 * background, and again for as long as it takes; `onError` hears of every failed attempt. End it with `disconnect`.
 */
export function connectRedis(
  url: string,
  options: RedisSettings & { onError: (error: Error) => void },
): RedisClient {
  const { onError, ...settings } = options;
  const address = parseRedisUrl(url);
  if (!address) throw new Error('This is no URL of Redis');
  const client = connect(address, settings);
  // Without a listener, every failed attempt would be printed.
  client.on('error', onError);
  return client;
}

/**
 * Settings for what a request waits for: a command fails at once while there is no connection and soon where Redis
 * does not answer; then the connection is given up as well, so that the next commands fail at once.
 */
export const REQUEST_SETTINGS = {
  connectTimeout: 1_000,
  commandTimeout: 500,
  socketTimeout: 700,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
} as const satisfies RedisSettings;

/**
 * Warns where Redis may throw away what it was given: caches may lose entries, queues must not lose jobs. Where no
 * answer comes in time, it asks again for as long as the connection stands; each new one asks for itself.
 */
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

/** How long a start waits for Redis before it goes on without. */
const START_MS = 1_000;

/**
 * Opens the connection that requests use, and logs once when Redis goes away and once when it is back. Resolves when
 * it is connected, or after a second without that.
 */
export async function openRedis(url: string, logger: Logger): Promise<RedisClient> {
  let isAway = false;
  const onError = (error: Error) => {
    if (!isAway) logger.warn({ err: error }, 'Redis is away: limits and caches are kept per process');
    isAway = true;
  };
  const redis = connectRedis(url, { ...REQUEST_SETTINGS, onError });
  redis.on('ready', () => {
    if (isAway) logger.info('Redis is back');
    isAway = false;
    void warnOfEviction(redis, logger);
  });
  await once(redis, 'ready', { signal: AbortSignal.timeout(START_MS) }).catch(() => {});
  return redis;
}

const CHANNEL = 'linkgrove';

/**
 * Tells all processes, this one included, through Redis. What is announced while Redis is away is lost, and what is
 * cached then ends by its age.
 */
export function openAnnouncements(
  url: string,
  options: { publisher: RedisClient; onMessage: (message: string) => void },
): { announce: (message: string) => void; close: () => Promise<void> } {
  const subscriber = connectRedis(url, { maxRetriesPerRequest: null, onError: () => {} });
  subscriber.on('message', (_channel: string, message: string) => options.onMessage(message));
  // Waits for the connection; later ones subscribe again by themselves.
  subscriber.subscribe(CHANNEL).catch(() => {});
  return {
    announce: (message) => void options.publisher.publish(CHANNEL, message).catch(() => {}),
    close: async () => subscriber.disconnect(),
  };
}
