import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSemaphore } from './semaphore.ts';

class Refused extends Error {}
const create = (options: { slots?: number; maxQueued?: number; maxWaitMs?: number } = {}) =>
  createSemaphore({ slots: 1, maxQueued: 100, maxWaitMs: 60_000, refuse: () => new Refused(), ...options });

/** Lets everything run that waits for nothing but its turn. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Tasks that note when they begin, and end when they are told to. */
function tasks() {
  const begun: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<number>>();
  const task = (id: number) => () => {
    begun.push(id);
    const ending = Promise.withResolvers<number>();
    ends.set(id, ending);
    return ending.promise;
  };
  /** Ends a task, which must have begun, and lets the next one begin. */
  const end = async (id: number, error?: Error) => {
    await settle();
    expect(begun).toContain(id);
    if (error) ends.get(id)?.reject(error);
    else ends.get(id)?.resolve(id);
    await settle();
  };
  return { begun, task, end };
}

describe('a semaphore', () => {
  it('returns the result of the task', async () => {
    expect(await create()(async () => 'done')).toBe('done');
  });

  it('never runs more tasks at once than it has slots, and runs them all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.record({ steps: fc.nat(5), fails: fc.boolean() }), { maxLength: 40 }),
        async (slots, jobs) => {
          const semaphore = create({ slots });
          let [running, most, done] = [0, 0, 0];
          await Promise.allSettled(
            jobs.map(({ steps, fails }) =>
              semaphore(async () => {
                most = Math.max(most, ++running);
                for (let step = 0; step < steps; step += 1) await Promise.resolve();
                running -= 1;
                done += 1;
                if (fails) throw new Error('no');
              }),
            ),
          );
          expect(most).toBeLessThanOrEqual(slots);
          expect({ running, done }).toEqual({ running: 0, done: jobs.length });
        },
      ),
    );
  });

  it('starts waiting tasks in order of arrival', async () => {
    const semaphore = create({ slots: 2 });
    const { begun, task, end } = tasks();
    const all = Array.from({ length: 6 }, (_, id) => semaphore(task(id)));
    await settle();
    expect(begun).toEqual([0, 1]);
    expect(semaphore.usage()).toEqual({ running: 2, waiting: 4 });
    await end(1);
    expect(begun).toEqual([0, 1, 2]);
    expect(semaphore.usage()).toEqual({ running: 2, waiting: 3 });
    for (const id of [2, 0, 4, 3, 5]) await end(id);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(semaphore.usage()).toEqual({ running: 0, waiting: 0 });
  });

  it('does not let a new task overtake waiting ones when a slot becomes free', async () => {
    const semaphore = create();
    const { begun, task, end } = tasks();
    const first = semaphore(task(0)).then(() => semaphore(task(2)));
    const second = semaphore(task(1));
    await end(0);
    await end(1);
    await end(2);
    expect(await Promise.all([first, second])).toEqual([2, 1]);
    expect(begun).toEqual([0, 1, 2]);
  });

  it('frees the slot of a task that fails, and rethrows its error', async () => {
    const semaphore = create();
    const { begun, task, end } = tasks();
    const both = Promise.allSettled([semaphore(task(0)), semaphore(task(1))]);
    const fault = new Error('no');
    await end(0, fault);
    expect(begun).toEqual([0, 1]);
    await end(1);
    expect(await both).toEqual([
      { status: 'rejected', reason: fault },
      { status: 'fulfilled', value: 1 },
    ]);
  });

  it('frees the slot of a task that throws synchronously', async () => {
    const semaphore = create();
    const failing = semaphore(() => {
      throw new Error('at once');
    });
    await expect(failing).rejects.toThrow('at once');
    expect(await semaphore(async () => 'next')).toBe('next');
  });

  it('refuses a task without running it when the queue is full, and accepts others later', async () => {
    const semaphore = create({ slots: 2, maxQueued: 3 });
    const { begun, task, end } = tasks();
    const taken = [0, 1, 2, 3, 4].map((id) => semaphore(task(id)));
    await expect(semaphore(task(5))).rejects.toBeInstanceOf(Refused);
    await expect(semaphore(task(6))).rejects.toBeInstanceOf(Refused);
    await end(0);
    const late = semaphore(task(7));
    for (const id of [1, 2, 3, 4, 7]) await end(id);
    expect(await Promise.all([...taken, late])).toEqual([0, 1, 2, 3, 4, 7]);
    expect(begun).toEqual([0, 1, 2, 3, 4, 7]);
  });

  it('queues no task if maxQueued is 0', async () => {
    const semaphore = create({ maxQueued: 0 });
    const { task, end } = tasks();
    const running = semaphore(task(0));
    await expect(semaphore(task(1))).rejects.toBeInstanceOf(Refused);
    await end(0);
    expect(await running).toBe(0);
    expect(await semaphore(async () => 'next')).toBe('next');
  });
});

describe('a task that waits too long', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is refused without running, and the others keep their place', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const semaphore = create({ maxWaitMs: 1_000 });
    const { begun, task, end } = tasks();
    const running = semaphore(task(0));
    const early = semaphore(task(1));
    vi.advanceTimersByTime(500);
    const late = semaphore(task(2));
    vi.advanceTimersByTime(500);
    await expect(early).rejects.toBeInstanceOf(Refused);
    await end(0);
    expect(begun).toEqual([0, 2]);
    await end(2);
    expect(await Promise.all([running, late])).toEqual([0, 2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves its place in the queue to the next task', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const semaphore = create({ maxQueued: 1, maxWaitMs: 1_000 });
    const { task, end } = tasks();
    const running = semaphore(task(0));
    const early = semaphore(task(1));
    await expect(semaphore(task(2))).rejects.toBeInstanceOf(Refused);
    vi.advanceTimersByTime(1_000);
    await expect(early).rejects.toBeInstanceOf(Refused);
    const next = semaphore(task(3));
    await end(0);
    await end(3);
    expect(await Promise.all([running, next])).toEqual([0, 3]);
  });

  it('does not time out while it runs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const semaphore = create({ maxWaitMs: 1_000 });
    const { task, end } = tasks();
    const first = semaphore(task(0));
    const second = semaphore(task(1));
    await end(0);
    vi.advanceTimersByTime(60_000);
    await end(1);
    expect(await Promise.all([first, second])).toEqual([0, 1]);
  });
});
