import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient, isLinkgroveError, LinkgroveError } from './index.ts';
import { type Stub, startStub } from '../test/stub.ts';

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());

async function failure(call: Promise<unknown>): Promise<LinkgroveError> {
  const error = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LinkgroveError);
  return error as LinkgroveError;
}

it('tells the code, the status, the rows and the request of a refused call', async () => {
  const error = await failure(createClient({ url: stub.url }).auth.verifyEmail.mutate({ token: '' }));
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

it('tells how long to wait', async () => {
  const call = createClient({ url: stub.url }).auth.forgotPassword.mutate({ email: 'ada@example.com' });
  expect(await failure(call)).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryAfter: 7 });
});

it('narrows to one code', async () => {
  const error: unknown = await failure(createClient({ url: stub.url }).account.me.query());
  expect(isLinkgroveError(error)).toBe(true);
  expect(isLinkgroveError(error, 'UNAUTHENTICATED')).toBe(true);
  expect(isLinkgroveError(error, 'NOT_FOUND')).toBe(false);
  expect(isLinkgroveError(new Error('UNAUTHENTICATED'))).toBe(false);
});

it('is NETWORK where nothing listens', async () => {
  const closed = await startStub();
  await closed.close();
  const error = await failure(createClient({ url: closed.url }).account.me.query());
  expect(error).toMatchObject({ code: 'NETWORK', status: 0, requestId: undefined });
});

it.each(['query', 'mutation'])('is NETWORK when a proxy answers a %s in place of the API', async (kind) => {
  const client = createClient({ url: `${stub.url}/elsewhere` });
  const call = kind === 'query' ? client.account.me.query() : client.auth.resendVerification.mutate();
  expect(await failure(call)).toMatchObject({ code: 'NETWORK', status: 502 });
});

it('reads problem details from outside tRPC', async () => {
  const call = createClient({ url: `${stub.url}/api` }).account.me.query();
  expect(await failure(call)).toMatchObject({ code: 'NOT_FOUND', status: 404, requestId: 'bare' });
});

it('is ABORTED when the caller gave up, NETWORK when time ran out', async () => {
  const client = createClient({ url: stub.url });
  const given = AbortSignal.abort();
  expect((await failure(client.account.me.query(undefined, { signal: given }))).code).toBe('ABORTED');
  const late = await startStub();
  late.behaviour.slowMs = 500;
  const call = createClient({ url: late.url }).account.me.query(undefined, {
    signal: AbortSignal.timeout(50),
  });
  expect((await failure(call)).code).toBe('NETWORK');
  await late.close();
});
