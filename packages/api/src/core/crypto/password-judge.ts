import { Worker } from 'node:worker_threads';
import { AppError } from '../errors.ts';

/** Messages to and from the thread. */
export type Question = { id: number; password: string; personal: string[] };
export type Verdict = { id: number; weakness: string | null };

type Waiting = { resolve: (weakness: string | null) => void; reject: (error: Error) => void };
type Thread = { ask: (password: string, personal: string[]) => Promise<string | null> };

/** Takes a second at most, even for hostile passwords. */
const MAX_WAITING = 500;
const THREAD_MEMORY = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

// In the bundle, the thread is a file of its own next to it.
const THREAD_FILE = new URL(
  import.meta.url.endsWith('.ts') ? 'password-judge-thread.ts' : 'password-judge-thread.js',
  import.meta.url,
);

function startThread(onExit: () => void): Thread {
  const worker = new Worker(THREAD_FILE, { resourceLimits: THREAD_MEMORY });
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  const fail = (error: Error): void => {
    onExit();
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.unref();
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The thread that judges passwords ended')));
  worker.on('message', ({ id, weakness }: Verdict) => {
    waiting.get(id)?.resolve(weakness);
    waiting.delete(id);
  });
  return {
    ask: (password, personal) => {
      if (waiting.size >= MAX_WAITING)
        throw new AppError('UNAVAILABLE', 'Too many requests right now. Try again shortly.', {
          retryAfterSeconds: 5,
        });
      const id = (asked += 1);
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage({ id, password, personal } satisfies Question);
      });
    },
  };
}

let thread: Thread | undefined;

function openThread(): Thread {
  const opened = startThread(() => {
    // A failure is reported twice, and another thread may have started in between.
    if (thread === opened) thread = undefined;
  });
  return opened;
}

/**
 * Judges a password in a thread that starts when it is first needed: a hostile one takes two milliseconds. Returns the
 * reason why it is weak, or null. Throws `UNAVAILABLE` if too many wait.
 */
export async function examinePassword(password: string, personal: string[]): Promise<string | null> {
  thread ??= openThread();
  return thread.ask(password, personal);
}
