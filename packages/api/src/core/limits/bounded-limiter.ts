import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** As many as a flood may make this process remember, per budget. */
const MOST_KEYS = 50_000;

/**
 * Counts calls by key in fixed windows, in this process. The library's own counter keeps every key, with a timer, until
 * its window ends: addresses are cheap, and windows are long. This one forgets whoever called longest ago.
 */
export class BoundedLimiter extends RateLimiterMemory {
  readonly #windows: LRUCache<string, { calls: number; endsAt: number }>;

  constructor(budget: { points: number; duration: number }, mostKeys = MOST_KEYS) {
    super(budget);
    this.#windows = new LRUCache({ max: mostKeys });
  }

  override async consume(key: string): Promise<RateLimiterRes> {
    const now = performance.now();
    let window = this.#windows.get(key);
    if (!window || window.endsAt <= now) {
      window = { calls: 0, endsAt: now + this.msDuration };
      this.#windows.set(key, window);
    }
    window.calls += 1;
    const { calls, endsAt } = window;
    const state = new RateLimiterRes(Math.max(this.points - calls, 0), endsAt - now, calls, calls === 1);
    if (calls > this.points) throw state;
    return state;
  }
}
