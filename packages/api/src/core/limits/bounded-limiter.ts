import { LRUCache } from 'lru-cache';
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import { limitEntries } from '../cache/bounds.ts';

const MAX_KEYS = 50_000;

type Window = { calls: number; endsAt: number };

/** The library's limiter keeps every key until its window ends; this one drops the least recently used key. */
export class BoundedLimiter extends RateLimiterMemory {
  readonly #windows: LRUCache<string, Window>;

  constructor(budget: { points: number; duration: number }, maxKeys = MAX_KEYS) {
    super(budget);
    this.#windows = new LRUCache(limitEntries(maxKeys));
  }

  override async consume(key: string): Promise<RateLimiterRes> {
    const { calls, endsAt } = this.#countCall(key);
    const msLeft = endsAt - performance.now();
    const state = new RateLimiterRes(Math.max(this.points - calls, 0), msLeft, calls, calls === 1);
    if (calls > this.points) throw state;
    return state;
  }

  /** As `consume`, without a promise: returns the milliseconds to wait if the call is refused. */
  count(key: string): number | undefined {
    const { calls, endsAt } = this.#countCall(key);
    return calls > this.points ? endsAt - performance.now() : undefined;
  }

  #countCall(key: string): Window {
    const now = performance.now();
    let window = this.#windows.get(key);
    if (!window || window.endsAt <= now) {
      window = { calls: 0, endsAt: now + this.msDuration };
      this.#windows.set(key, window);
    }
    window.calls += 1;
    return window;
  }
}
