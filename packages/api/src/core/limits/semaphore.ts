export type Semaphore = {
  <T>(task: () => Promise<T>): Promise<T>;
  /** How many tasks run, and how many wait for a slot. */
  usage: () => SemaphoreUsage;
};
export type SemaphoreUsage = { running: number; waiting: number };

export function createSemaphore(options: {
  slots: number;
  maxQueued: number;
  maxWaitMs: number;
  refuse: () => Error;
}): Semaphore {
  let running = 0;
  const waiting: { start: () => void }[] = [];

  const acquire = async (): Promise<void> => {
    if (running < options.slots) {
      running += 1;
      return;
    }
    if (waiting.length >= options.maxQueued) throw options.refuse();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(options.refuse());
      }, options.maxWaitMs);
      const entry = {
        start: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      waiting.push(entry);
    });
  };

  // The next waiting task inherits the slot, so `running` only falls when nobody waits.
  const release = () => {
    const next = waiting.shift();
    if (next) next.start();
    else running -= 1;
  };

  const run = async <T>(task: () => Promise<T>): Promise<T> => {
    await acquire();
    try {
      return await task();
    } finally {
      release();
    }
  };
  return Object.assign(run, { usage: () => ({ running, waiting: waiting.length }) });
}
