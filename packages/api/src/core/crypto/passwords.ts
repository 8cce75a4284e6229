import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import { AppError } from '../errors.ts';
import { createSemaphore } from '../limits/semaphore.ts';

export type Passwords = {
  hash: (password: string) => Promise<string>;
  /** Whether the password is the hashed one; without a hash the same time is spent and the answer is false. */
  verify: (password: string, hash: string | undefined) => Promise<boolean>;
  /** Whether a hash was made at another cost than new ones are. */
  needsRehash: (hash: string) => boolean;
};

/** Threads that hashing may hold: it leaves a core to requests and two threads to files and DNS. */
const hashingThreads = (threadPoolSize: number) =>
  Math.max(1, Math.min(availableParallelism() - 1, threadPoolSize - 2));

/**
 * Hashes with bcrypt over base64(HMAC-SHA-384(pepper, NFC password)): bcrypt alone cuts at 72 bytes (OWASP
 * Password Storage). Every call waits its turn in one queue, so that a storm of sign-ins leaves the thread
 * pool to others; where the queue is full or too slow, the call fails with `UNAVAILABLE` and when to retry.
 */
export function createPasswords(options: {
  pepper: Buffer;
  cost: number;
  threadPoolSize?: number;
}): Passwords {
  const { pepper, cost } = options;
  const threads = hashingThreads(options.threadPoolSize ?? 4);
  const semaphore = createSemaphore({
    slots: threads,
    maxQueued: threads * 64,
    maxWaitMs: 15_000,
    refuse: () =>
      new AppError('UNAVAILABLE', 'Too many sign-ins at once. Try again shortly.', { retryAfterSeconds: 5 }),
  });
  const prepare = (password: string) =>
    createHmac('sha384', pepper).update(password.normalize('NFC')).digest('base64');
  const hash = (password: string) => semaphore(() => bcrypt.hash(prepare(password), cost));
  // Compared against for unknown users; made at the configured cost, so that both take the same time.
  const dummy = hash('no account has this password');
  return {
    hash,
    verify: async (password, stored) => {
      const reference = stored ?? (await dummy);
      const matches = await semaphore(() => bcrypt.compare(prepare(password), reference));
      return matches && stored !== undefined;
    },
    needsRehash: (stored) => bcrypt.getRounds(stored) !== cost,
  };
}
