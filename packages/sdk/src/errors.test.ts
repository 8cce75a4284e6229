import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient, createServerClient, isLinkgroveError, LinkgroveError } from './index.ts';
import { type Stub, startStub } from '../test/stub.ts';

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());

async function catchFailure(call: Promise<unknown>): Promise<LinkgroveError> {
  const error = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LinkgroveError);
  return error as LinkgroveError;
}

it('a LinkgroveError has the code, status, invalid members and request ID of a rejected call', async () => {
  const error = await catchFailure(createClient({ url: stub.url }).auth.verifyEmail.mutate({ token: '' }));
  expect(error).toMatchObject({
    name: 'LinkgroveError',
    code: 'VALIDATION_FAILED',
    status: 400,
    detail: 'token: Is too short',
    message: 'token: Is too short',
    errors: [{ path: 'token', message: 'Is too short', code: 'too_small' }],
    requestId: `request-${stub.seen.length}`,
    retryAfter: undefined,
  });
});

it('a LinkgroveError says how long to wait', async () => {
  const call = createClient({ url: stub.url }).auth.forgotPassword.mutate({ email: 'ada@example.com' });
  expect(await catchFailure(call)).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryAfter: 7 });
});

it('isLinkgroveError narrows to one code', async () => {
  const error: unknown = await catchFailure(createClient({ url: stub.url }).account.me.query());
  expect(isLinkgroveError(error)).toBe(true);
  expect(isLinkgroveError(error, 'UNAUTHENTICATED')).toBe(true);
  expect(isLinkgroveError(error, 'NOT_FOUND')).toBe(false);
  expect(isLinkgroveError(new Error('UNAUTHENTICATED'))).toBe(false);
});

it('the code is NETWORK if nothing listens', async () => {
  const closed = await startStub();
  await closed.close();
  const error = await catchFailure(createClient({ url: closed.url }).account.me.query());
  expect(error).toMatchObject({ code: 'NETWORK', status: 0, requestId: undefined });
  expect(error.detail).toMatch(/^The API did not answer: .*ECONNREFUSED/);
});

it.each(['localhost:3000', 'api.example.com', 'ws://api.example.com', undefined])(
  'a client is not made for a URL without https:// or http://: %s',
  (url) => {
    // A program without types passes on a setting that is missing.
    const options = { url } as { url: string };
    const message = `\`url\` must start with https:// or http://, such as https://api.example.com; it is ${url}`;
    expect(() => createClient(options)).toThrow(message);
    expect(() => createServerClient({ ...options, cookie: null })).toThrow(message);
  },
);

it.each(['', '/', '/backend'])('a client is made for a URL of the page’s own origin: "%s"', (url) => {
  expect(() => createClient({ url })).not.toThrow();
});

it.each(['query', 'mutation'])(
  'the code is NETWORK if a proxy answers a %s instead of the API',
  async (kind) => {
    const client = createClient({ url: `${stub.url}/elsewhere` });
    const call = kind === 'query' ? client.account.me.query() : client.auth.resendVerification.mutate();
    expect(await catchFailure(call)).toMatchObject({ code: 'NETWORK', status: 502 });
  },
);

it('a LinkgroveError is made from problem details outside tRPC', async () => {
  const call = createClient({ url: `${stub.url}/api` }).account.me.query();
  expect(await catchFailure(call)).toMatchObject({ code: 'NOT_FOUND', status: 404, requestId: 'bare' });
});

it('the code is ABORTED if the caller aborts and NETWORK after a timeout', async () => {
  const client = createClient({ url: stub.url });
  const given = AbortSignal.abort();
  expect((await catchFailure(client.account.me.query(undefined, { signal: given }))).code).toBe('ABORTED');
  const late = await startStub();
  late.behaviour.slowMs = 500;
  const call = createClient({ url: late.url }).account.me.query(undefined, {
    signal: AbortSignal.timeout(50),
  });
  expect((await catchFailure(call)).code).toBe('NETWORK');
  await late.close();
});
