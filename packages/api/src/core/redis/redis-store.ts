import { randomUUID } from 'node:crypto';
import type { SharedStore } from '../cache/cache.ts';
import type { RedisClient } from './redis.ts';

// A lease holds the key's place while its owner loads the value. An invalidation deletes the lease, so that the owner
// cannot store an outdated value. The value inherits the expiry of the lease, which started before the load.
const TAKE = `
local held = redis.call('get', KEYS[1])
if held then return {held, redis.call('pttl', KEYS[1])} end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return {}`;
const FILL = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'keepttl')
return 1`;

const LEASE = 'lease ';
const VALUE = 'value ';

type Scripted = {
  takeEntry: (key: string, lease: string, ttlMs: number) => Promise<[held?: string, lifeMs?: number]>;
  fillEntry: (key: string, lease: string, value: string) => Promise<number>;
};

const hasScripts = (redis: RedisClient): redis is RedisClient & Scripted =>
  'takeEntry' in redis && 'fillEntry' in redis;

function withScripts(redis: RedisClient): RedisClient & Scripted {
  redis.defineCommand('takeEntry', { numberOfKeys: 1, lua: TAKE });
  redis.defineCommand('fillEntry', { numberOfKeys: 1, lua: FILL });
  if (!hasScripts(redis)) throw new Error('The Redis client has no scripts');
  return redis;
}

export function createRedisStore(client: RedisClient, name: string, ttlMs: number): SharedStore {
  const redis = withScripts(client);
  const toRedisKey = (key: string) => `linkgrove:cache:${name}:${key}`;
  // After an invalidation that did not reach Redis, its values may be outdated until they expire.
  let trustedFrom = 0;
  const distrust = () => void (trustedFrom = performance.now() + ttlMs);

  const takeEntry = async (key: string, lease: string) => {
    if (performance.now() < trustedFrom) return undefined;
    const [held = lease, lifeMs = 0] = await redis.takeEntry(toRedisKey(key), lease, ttlMs);
    return { held, lifeMs };
  };
  return {
    get: async <T extends object>(key: string, load: () => Promise<T>) => {
      const lease = LEASE + randomUUID();
      const entry = await takeEntry(key, lease).catch(() => undefined);
      // If Redis' clock was set back, values live longer than `ttlMs` and their age is unknown.
      if (entry?.held.startsWith(VALUE) && entry.lifeMs > 0 && entry.lifeMs <= ttlMs) {
        const value: T = JSON.parse(entry.held.slice(VALUE.length));
        return { value, ageMs: ttlMs - entry.lifeMs };
      }
      const value = await load();
      if (entry?.held === lease)
        redis.fillEntry(toRedisKey(key), lease, VALUE + JSON.stringify(value)).catch(() => {});
      return { value, ageMs: 0 };
    },
    invalidate: (key) => void redis.del(toRedisKey(key)).catch(distrust),
  };
}
