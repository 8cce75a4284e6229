import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient, LinkgroveError, shouldRetry } from './index.ts';
import { catchFailure } from '../test/failures.ts';
import { type Stub, startStub } from '../test/stub.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const credentials = { identifier: 'ada', password: 'correct-horse-battery' };
async function signIn(options: { retries?: number; timeoutMs?: number } = {}) {
  const client = createClient({ url: stub.url, ...options });
  await client.auth.login.mutate(credentials);
  return client;
}

describe('a failed query', () => {
  it('is repeated while the server is busy', async () => {
    const client = await signIn();
    stub.behaviour.busyCalls = 2;
    await expect(client.account.me.query()).resolves.toMatchObject({ username: 'ada' });
    expect(stub.count('account.me')).toBe(3);
  });

  it('is repeated after a network failure', async () => {
    let failures = 1;
    const flaky = async (url: string, init?: RequestInit) => {
      if (url.includes('account.me') && failures-- > 0) throw new TypeError('fetch failed');
      return fetch(url, init);
    };
    const client = createClient({ url: stub.url, fetch: flaky });
    await client.auth.login.mutate(credentials);
    await expect(client.account.me.query()).resolves.toMatchObject({ username: 'ada' });
  });

  it('waits as long as the server asks, but fails at once if that is too long', async () => {
    const client = await signIn();
    Object.assign(stub.behaviour, { busyCalls: 1, retryAfter: 1 });
    await expect(client.account.me.query()).resolves.toMatchObject({ username: 'ada' });
    expect(stub.count('account.me')).toBe(2);
    Object.assign(stub.behaviour, { busyCalls: 1, retryAfter: 11 });
    expect(await catchFailure(client.account.me.query())).toMatchObject({ retryAfter: 11 });
    expect(stub.count('account.me')).toBe(3);
  });

  it('fails after two more attempts, or as many as the client is given', async () => {
    for (const [retries, sent] of [
      [undefined, 3],
      [0, 1],
    ] as const) {
      const client = await signIn({ ...(retries !== undefined && { retries }) });
      stub.seen.length = 0;
      stub.behaviour.busyCalls = 9;
      expect((await catchFailure(client.account.me.query())).code).toBe('UNAVAILABLE');
      expect(stub.count('account.me')).toBe(sent);
      stub.behaviour.busyCalls = 0;
    }
  });

  it('is repeated alone: the answered calls of its batch are not sent again', async () => {
    const client = await signIn();
    stub.behaviour.busyCalls = 2;
    await Promise.all(Array.from({ length: 5 }, () => client.account.me.query()));
    expect(stub.count('account.me')).toBe(7);
  });
});

it('a failed mutation is never repeated', async () => {
  const client = await signIn();
  expect((await catchFailure(client.auth.forgotPassword.mutate({ email: 'a@example.com' }))).code).toBe(
    'RATE_LIMITED',
  );
  expect(stub.count('auth.forgotPassword')).toBe(1);
});

it('shouldRetry tells what may pass from what stays', () => {
  const make = (code: LinkgroveError['code'], status: number) =>
    new LinkgroveError({ code, status, detail: 'x' });
  const retried = [
    make('NETWORK', 0),
    make('NETWORK', 502),
    make('RATE_LIMITED', 429),
    make('UNAVAILABLE', 503),
  ];
  expect(retried.filter((error) => !shouldRetry(error))).toEqual([]);
  const kept = [
    make('NETWORK', 404),
    make('ABORTED', 0),
    make('UNAUTHENTICATED', 401),
    make('INTERNAL', 500),
    new Error('x'),
    undefined,
  ];
  expect(kept.filter((error) => shouldRetry(error))).toEqual([]);
});

describe('a call', () => {
  it('that is aborted in a batch rejects at once, and the others are answered', async () => {
    const client = await signIn();
    stub.behaviour.slowMs = 2_000;
    const stopper = new AbortController();
    let isAnswered = false;
    const other = client.account.me.query().then(() => (isAnswered = true));
    const aborted = catchFailure(client.account.me.query(undefined, { signal: stopper.signal }));
    await expect.poll(() => stub.count('account.me')).toBe(2);
    stopper.abort();
    expect((await aborted).code).toBe('ABORTED');
    expect(isAnswered).toBe(false);
    await other;
  });

  it('that is aborted before the next attempt is not sent again', async () => {
    const client = await signIn();
    Object.assign(stub.behaviour, { busyCalls: 9, retryAfter: 9 });
    const stopper = new AbortController();
    const call = catchFailure(client.account.me.query(undefined, { signal: stopper.signal }));
    await expect.poll(() => stub.count('account.me')).toBe(1);
    stopper.abort();
    expect((await call).code).toBe('ABORTED');
    expect(stub.count('account.me')).toBe(1);
  });

  it('that is aborted while it waits for a refresh rejects, and the refresh goes on', async () => {
    const client = await signIn();
    stub.expire();
    stub.behaviour.refreshMs = 1_500;
    const stopper = new AbortController();
    const call = catchFailure(client.account.me.query(undefined, { signal: stopper.signal }));
    await expect.poll(() => stub.count('auth.refresh')).toBe(1);
    stopper.abort();
    expect((await call).code).toBe('ABORTED');
    await expect(client.account.me.query()).resolves.toMatchObject({ username: 'ada' });
    expect(stub.count('auth.refresh')).toBe(1);
  });

  it('ends when its time is over', async () => {
    const client = await signIn({ timeoutMs: 500 });
    stub.behaviour.slowMs = 5_000;
    const error = await catchFailure(client.account.me.query());
    expect(error).toMatchObject({ code: 'NETWORK', status: 0 });
    expect(error.detail).toBe('The API did not answer within 0.5 seconds');
  });

  it('rejects with a LinkgroveError if the store of the app fails', async () => {
    const session = {
      get: () => {
        throw new TypeError('No keychain');
      },
      set: () => {},
    };
    const error = await catchFailure(createClient({ url: stub.url, session }).account.me.query());
    expect(error).toBeInstanceOf(LinkgroveError);
    expect(error.detail).toBe('The session could not be read or stored: No keychain');
  });
});
