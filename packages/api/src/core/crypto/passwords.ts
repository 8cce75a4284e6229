import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import { AppError } from '../errors.ts';
import { identifyPepper, type Peppers } from './pepper.ts';
import { createSemaphore, type SemaphoreUsage } from '../limits/semaphore.ts';

export type Passwords = {
  hash: (password: string) => Promise<string>;
  /** False without a hash, in the same time. */
  verify: (password: string, hash: string | null | undefined) => Promise<boolean>;
  needsRehash: (hash: string) => boolean;
  /** Hashes and comparisons. */
  usage: () => SemaphoreUsage;
};

/** A hash of an installation with several peppers begins with the name of its own. Without a name it is the last one's. */
const NAMED_HASH = /^([\w-]{8})?(\$.+)$/s;

/** Leaves one core to requests, and two threads to files and DNS. */
const countHashingThreads = (threadPoolSize: number) =>
  Math.max(1, Math.min(availableParallelism() - 1, threadPoolSize - 2));

/** bcrypt ignores all after 72 bytes, hence base64(HMAC-SHA-384(pepper, NFC password)): OWASP Password Storage. */
export function createPasswords(options: {
  /** The first hashes, all verify. */
  peppers: Peppers;
  cost: number;
  threadPoolSize?: number;
}): Passwords {
  const { peppers, cost } = options;
  const [current] = peppers;
  const name = peppers.length > 1 ? identifyPepper(current) : '';
  const byName = new Map(peppers.map((pepper) => [identifyPepper(pepper), pepper]));
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
  const toBcryptInput = (password: string, pepper: Buffer) =>
    createHmac('sha384', pepper).update(password.normalize('NFC')).digest('base64');
  const hash = (password: string) =>
    semaphore(async () => name + (await bcrypt.hash(toBcryptInput(password, current), cost)));
  const readHash = (stored: string) => {
    const [, named, bcryptHash = ''] = NAMED_HASH.exec(stored) ?? [];
    return { pepper: named === undefined ? peppers.at(-1) : byName.get(named), bcryptHash };
  };
  // Stands in for unknown users, at the configured cost, so that both cases take the same time.
  const dummy = hash('no account has this password');
  return {
    hash,
    verify: async (password, stored) => {
      const { pepper, bcryptHash } = readHash(stored ?? (await dummy));
      const matches = await semaphore(() =>
        bcrypt.compare(toBcryptInput(password, pepper ?? current), bcryptHash),
      );
      return matches && pepper !== undefined && typeof stored === 'string';
    },
    needsRehash: (stored) => {
      const { pepper, bcryptHash } = readHash(stored);
      return pepper !== current || bcrypt.getRounds(bcryptHash) !== cost;
    },
    usage: semaphore.usage,
  };
}
