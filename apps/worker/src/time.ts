import { setTimeout as sleep } from 'node:timers/promises';

export async function hasSettledWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal, ref: false }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
    work.catch(() => {});
  }
}

/** Throws after `ms` without waiting for `work`, whose signal is aborted at that moment. */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new Error(`Timed out after ${ms / 1_000} seconds`);
    deadline.abort(error);
    late.reject(error);
  }, ms);
  try {
    return await Promise.race([work(deadline.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Each turn returns how many milliseconds to pause after it. */
export function startLoop(takeTurn: () => Promise<number>): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async () => {
    while (!signal.aborted) {
      const pauseMs = await takeTurn();
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
