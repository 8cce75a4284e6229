import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { limitEntries } from '../cache/bounds.ts';

const MAX_KEYS = 50_000;

/** The library's limiter keeps every key until its window ends; this one drops the least recently used key. */
export class BoundedLimiter extends RateLimiterMemory {
  readonly #windows: LRUCache<string, { calls: number; endsAt: number }>;

  constructor(budget: { points: number; duration: number }, maxKeys = MAX_KEYS) {
    super(budget);
    this.#windows = new LRUCache(limitEntries(maxKeys));
  }

  override async consume(key: string): Promise<RateLimiterRes> {
    const state = this.count(key);
    if (state.consumedPoints > this.points) throw state;
    return state;
  }

  /** As `consume`, without a promise; the caller compares `consumedPoints`. */
  count(key: string): RateLimiterRes {
    const now = performance.now();
    let window = this.#windows.get(key);
    if (!window || window.endsAt <= now) {
      window = { calls: 0, endsAt: now + this.msDuration };
      this.#windows.set(key, window);
    }
    window.calls += 1;
    const { calls, endsAt } = window;
    return new RateLimiterRes(Math.max(this.points - calls, 0), endsAt - now, calls, calls === 1);
  }
}
