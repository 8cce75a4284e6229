import fc from 'fast-check';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { BoundedLimiter } from './bounded-limiter.ts';
import { AppError } from '../errors.ts';
import { createMetrics } from '../observability/metrics.ts';
import { createRateLimiter } from './rate-limiter.ts';

vi.useFakeTimers();
afterAll(() => {
  vi.useRealTimers();
});

const DURATION = 60;
const allowed = (limiter: Pick<BoundedLimiter, 'consume'>, key: string): Promise<boolean> =>
  limiter.consume(key).then(
    () => true,
    () => false,
  );

describe('a bounded limiter', () => {
  it('allows and refuses the same calls as the library’s own limiter', async () => {
    const step = fc.oneof(
      fc.record({ call: fc.constantFrom('ada', 'ben', '__proto__') }),
      fc.record({ pass: fc.constantFrom(1, 20, 59.9, 60, 61) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const budget = { points: 3, duration: DURATION };
        const [ours, theirs] = [new BoundedLimiter(budget), new RateLimiterMemory(budget)];
        for (const one of steps) {
          if ('pass' in one) vi.advanceTimersByTime(one.pass * 1_000 + 1);
          else expect(await allowed(ours, one.call)).toBe(await allowed(theirs, one.call));
        }
      }),
    );
  });

  it('keeps at most maxKeys keys, the most recently used', async () => {
    const limiter = new BoundedLimiter({ points: 1, duration: DURATION }, 2);
    for (const key of ['a', 'b', 'a', 'c']) await allowed(limiter, key);
    expect(await allowed(limiter, 'a')).toBe(false);
    expect(await allowed(limiter, 'c')).toBe(false);
    expect(await allowed(limiter, 'b')).toBe(true);
  });
});

describe('the rate limiter of a process', () => {
  const budget = (points: number) => ({ points, seconds: DURATION });
  const create = () => {
    const metrics = createMetrics();
    const configured = {
      login: budget(2),
      register: budget(5),
      forgot: budget(5),
      global: budget(9),
      key: budget(9),
    };
    return { metrics, limiter: createRateLimiter(configured, { metrics }) };
  };

  it('reports the rest of the budget, and when to retry after it is used up', async () => {
    const { limiter } = create();
    expect(await limiter.consume('login', 'ada')).toMatchObject({ remaining: 1, resetSeconds: DURATION });
    vi.advanceTimersByTime(10_500);
    expect(await limiter.consume('login', 'ada')).toMatchObject({ remaining: 0, resetSeconds: 50 });
    const refusal = await limiter.consume('login', 'ada').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 50 });
    expect(await limiter.consume('register', 'ada')).toMatchObject({ remaining: 4 });
  });

  it('counts its decisions', async () => {
    const { limiter, metrics } = create();
    for (let n = 0; n < 5; n += 1) await limiter.consume('login', 'ada').catch(() => {});
    const text = await metrics.register.metrics();
    expect(text).toContain('linkgrove_limit_decisions_total{limit="login",result="allowed"} 2');
    expect(text).toContain('linkgrove_limit_decisions_total{limit="login",result="refused"} 3');
  });
});
