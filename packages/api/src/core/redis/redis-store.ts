import { randomUUID } from 'node:crypto';
import type { SharedStore } from '../cache/cache.ts';
import type { RedisClient } from './redis.ts';

// A lease stands where the value will: whoever placed it may put a value there, as long as nobody has invalidated
// the key, which removes the lease. The value inherits the life of the lease, which began before it was read.
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

function withScripts(redis: RedisClient): RedisClient & Scripted {
  redis.defineCommand('takeEntry', { numberOfKeys: 1, lua: TAKE });
  redis.defineCommand('fillEntry', { numberOfKeys: 1, lua: FILL });
  return redis as RedisClient & Scripted;
}

/**
 * Keeps values of `name` in Redis for `ttlMs` from the moment their load began, by the clock of Redis alone. A value
 * read before an invalidation is never put back after it, neither when Redis has lost everything in between.
 */
export function createRedisStore(client: RedisClient, name: string, ttlMs: number): SharedStore {
  const redis = withScripts(client);
  const keyOf = (key: string) => `linkgrove:cache:${name}:${key}`;
  // After an invalidation that Redis did not hear of, what it holds may be old for as long as it lives.
  let trustedFrom = 0;
  const distrust = () => void (trustedFrom = performance.now() + ttlMs);

  const take = async (key: string, lease: string) => {
    if (performance.now() < trustedFrom) return undefined;
    const [held = lease, lifeMs = 0] = await redis.takeEntry(keyOf(key), lease, ttlMs);
    return { held, lifeMs };
  };
  return {
    get: async <T extends object>(key: string, load: () => Promise<T>) => {
      const lease = LEASE + randomUUID();
      const entry = await take(key, lease).catch(() => undefined);
      // A clock that was set back makes old values live for longer: their age is then unknown.
      if (entry?.held.startsWith(VALUE) && entry.lifeMs > 0 && entry.lifeMs <= ttlMs) {
        return { value: JSON.parse(entry.held.slice(VALUE.length)) as T, ageMs: ttlMs - entry.lifeMs };
      }
      const value = await load();
      if (entry?.held === lease)
        redis.fillEntry(keyOf(key), lease, VALUE + JSON.stringify(value)).catch(() => {});
      return { value, ageMs: 0 };
    },
    invalidate: (key) => void redis.del(keyOf(key)).catch(distrust),
  };
}
