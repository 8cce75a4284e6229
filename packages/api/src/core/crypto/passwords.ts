import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import { AppError } from '../errors.ts';
import { createSemaphore } from '../limits/semaphore.ts';

export type Passwords = {
  hash: (password: string) => Promise<string>;
  /** False without a hash, in the same time. */
  verify: (password: string, hash: string | null | undefined) => Promise<boolean>;
  needsRehash: (hash: string) => boolean;
};

/** Leaves one core to requests, and two threads to files and DNS. */
const countHashingThreads = (threadPoolSize: number) =>
  Math.max(1, Math.min(availableParallelism() - 1, threadPoolSize - 2));

/** bcrypt ignores all after 72 bytes, hence base64(HMAC-SHA-384(pepper, NFC password)): OWASP Password Storage. */
export function createPasswords(options: {
  pepper: Buffer;
  cost: number;
  threadPoolSize?: number;
}): Passwords {
  const { pepper, cost } = options;
  const threads = countHashingThreads(options.threadPoolSize ?? 4);
  const semaphore = createSemaphore({
    slots: threads,
    maxQueued: threads * 64,
    maxWaitMs: 15_000,
    refuse: () =>
      new AppError('UNAVAILABLE', 'Too many sign-ins right now. Try again shortly.', {
        retryAfterSeconds: 5,
      }),
  });
  const toBcryptInput = (password: string) =>
    createHmac('sha384', pepper).update(password.normalize('NFC')).digest('base64');
  const hash = (password: string) => semaphore(() => bcrypt.hash(toBcryptInput(password), cost));
  // Stands in for unknown users, at the configured cost, so that both cases take the same time.
  const dummy = hash('no account has this password');
  return {
    hash,
    verify: async (password, stored) => {
      const reference = stored ?? (await dummy);
      const matches = await semaphore(() => bcrypt.compare(toBcryptInput(password), reference));
      return matches && typeof stored === 'string';
    },
    needsRehash: (stored) => bcrypt.getRounds(stored) !== cost,
  };
}
