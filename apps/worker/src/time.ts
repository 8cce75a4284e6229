import { setTimeout as sleep } from 'node:timers/promises';

/** Whether `work` comes to an end in time; throws what it throws by then. */
export async function settlesWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal, ref: false }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
    work.catch(() => {});
  }
}

/** Does `work`, which is told by the signal when its time is over; throws then without waiting for it. */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new Error(`It took longer than ${ms / 1_000} seconds`);
    deadline.abort(error);
    late.reject(error);
  }, ms);
  try {
    return await Promise.race([work(deadline.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Takes one turn after the other, each of which says how many milliseconds to pause, until it is stopped. */
export function repeatEvery(turn: () => Promise<number>): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async () => {
    while (!signal.aborted) {
      const pauseMs = await turn();
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  };
  const done = loop();
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}
