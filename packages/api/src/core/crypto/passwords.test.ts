import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPasswords } from './passwords.ts';

const pepper = randomBytes(32);
const passwords = createPasswords({ peppers: [pepper], cost: 4 });

const matches = async (set: string, given: string) => passwords.verify(given, await passwords.hash(set));

describe('a password', () => {
  it('matches its own hash, whatever its characters', async () => {
    const any = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('', '\0', '\0\0', ' ', 'p\0ssword', '🔑'.repeat(128)),
    );
    await fc.assert(
      fc.asyncProperty(any, async (password) => {
        expect(await matches(password, password)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('does not match the hash of another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), async (a, b) => {
        expect(await matches(a, b)).toBe(a.normalize('NFC') === b.normalize('NFC'));
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['upper and lower case', 'Correct horse', 'correct horse'],
    ['a space at the end', 'correct horse ', 'correct horse'],
    ['what stands behind NUL', 'correct\0horse', 'correct\0cow'],
    ['NUL at the end', 'correct horse\0', 'correct horse'],
    ['nothing but NUL', '\0', ''],
    ['the last of 73 bytes', `${'a'.repeat(72)}b`, `${'a'.repeat(72)}c`],
    ['the last of 128 characters', `${'é'.repeat(127)}b`, `${'é'.repeat(127)}c`],
    ['letters that only look alike', 'pаssword', 'password'],
    ['full and half width', 'ｐassword', 'password'],
  ])('distinguishes %s', async (_, set, given) => {
    expect(set).not.toBe(given);
    expect(await matches(set, given)).toBe(false);
    expect(await matches(given, set)).toBe(false);
  });

  it('matches in composed and decomposed form', async () => {
    const password = 'Crème brûlée Ångström 각';
    expect(password.normalize('NFD')).not.toBe(password.normalize('NFC'));
    expect(await matches(password.normalize('NFC'), password.normalize('NFD'))).toBe(true);
    expect(await matches(password.normalize('NFD'), password.normalize('NFC'))).toBe(true);
  });

  it('never matches without a hash, not even the dummy password', async () => {
    for (const password of ['anything', '', 'no account has this password']) {
      expect(await passwords.verify(password, undefined)).toBe(false);
    }
  });

  it('does not match under another pepper', async () => {
    const elsewhere = createPasswords({ peppers: [randomBytes(32)], cost: 4 });
    const hash = await passwords.hash('correct horse');
    expect(await elsewhere.verify('correct horse', hash)).toBe(false);
    expect(await createPasswords({ peppers: [pepper], cost: 5 }).verify('correct horse', hash)).toBe(true);
  });
});

describe('a hash', () => {
  it('differs each time, and contains nothing of the password', async () => {
    const hashes = await Promise.all(Array.from({ length: 10 }, () => passwords.hash('correct horse')));
    expect(new Set(hashes).size).toBe(10);
    for (const hash of hashes) {
      expect(hash).toMatch(/^\$2b\$04\$[./A-Za-z0-9]{53}$/);
      expect(hash).not.toContain('correct');
    }
  });

  it('needs a rehash exactly if the cost has changed', async () => {
    const hash = await passwords.hash('correct horse');
    expect(passwords.needsRehash(hash)).toBe(false);
    expect(createPasswords({ peppers: [pepper], cost: 5 }).needsRehash(hash)).toBe(true);
    const dearer = await createPasswords({ peppers: [pepper], cost: 5 }).hash('correct horse');
    expect(passwords.needsRehash(dearer)).toBe(true);
  });
});

describe('the queue', () => {
  it('serves twenty concurrent calls with their own results', async () => {
    const own = Array.from({ length: 20 }, (_, index) => `password number ${index}`);
    const hashes = await Promise.all(own.map(passwords.hash));
    const right = await Promise.all(own.map((password, index) => passwords.verify(password, hashes[index])));
    const wrong = await Promise.all(
      own.map((password, index) => passwords.verify(password, hashes[(index + 1) % 20])),
    );
    expect(right).toEqual(own.map(() => true));
    expect(wrong).toEqual(own.map(() => false));
  });

  it('rejects calls with a time to retry when it is full, and serves all others', async () => {
    const small = createPasswords({ peppers: [pepper], cost: 4, threadPoolSize: 3 });
    const hash = await small.hash('correct horse');
    const verifying = Array.from({ length: 100 }, () => small.verify('correct horse', hash));
    expect(small.usage()).toEqual({ running: 1, waiting: 64 });
    const outcomes = await Promise.allSettled(verifying);
    expect(small.usage()).toEqual({ running: 0, waiting: 0 });
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(100 - 1 - 64);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: 'UNAVAILABLE', status: 503, retryAfterSeconds: 5 });
    }
    const served = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(served.map((outcome) => outcome.value)).toEqual(served.map(() => true));
    expect(await small.verify('correct horse', hash)).toBe(true);
  });
});
