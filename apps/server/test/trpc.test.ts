import { createTRPCClient, httpBatchLink, httpLink, TRPCClientError } from '@trpc/client';
import type { AppRouter, ErrorCode } from '@linkgrove/api/contract';
import { endpoints } from '@linkgrove/api';
import { expect, it } from 'vitest';
import { newPerson, usePerson, useTestServer } from './kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);

const clientOf = (headers: Record<string, string> = {}) =>
  createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${server.url}/trpc`, headers })] });

async function failureOf(
  call: Promise<unknown>,
): Promise<{ code: ErrorCode; status: number; requestId: string }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TRPCClientError);
  return (error as TRPCClientError<AppRouter>).data as never;
}

it('the same procedures answer over tRPC as over REST', async () => {
  const client = clientOf({ authorization: `Bearer ${ada.token}` });
  const bearer = { token: ada.token };
  expect(await client.account.me.query()).toEqual((await server.call('GET', '/api/me', bearer)).body);
  expect(await client.referrals.stats.query({ days: 3 })).toEqual(
    (await server.call('GET', '/api/referral-stats?days=3', bearer)).body,
  );
  expect(await client.referrals.list.query({})).toEqual(
    (await server.call('GET', '/api/referrals', bearer)).body,
  );
});

it('signing in over tRPC sets the cookies, and every auth procedure has its name', async () => {
  const person = newPerson();
  const response = await fetch(`${server.url}/trpc/auth.register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(person),
  });
  expect(response.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual([
    'access_token',
    'refresh_token',
    'linkgrove_session',
    'device',
  ]);
  expect(endpoints.map(({ name }) => name).toSorted()).toEqual(
    expect.arrayContaining([
      'account.me',
      'auth.forgotPassword',
      'auth.login',
      'auth.logout',
      'auth.refresh',
      'auth.register',
      'auth.resendVerification',
      'auth.resetPassword',
      'auth.verifyEmail',
      'referrals.list',
      'referrals.stats',
    ]),
  );
});

it('failures carry the error code, the status and the request ID', async () => {
  const client = clientOf();
  expect(await failureOf(client.account.me.query())).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
  expect(await failureOf(client.auth.register.mutate({ ...newPerson(), email: ada.email }))).toMatchObject({
    code: 'EMAIL_TAKEN',
    status: 409,
    detail: 'Email already in use',
    requestId: expect.stringMatching(/^[\w-]+$/),
  });
  expect(await failureOf(client.auth.verifyEmail.mutate({ token: 'x' }))).toMatchObject({
    code: 'TOKEN_EXPIRED',
    status: 410,
  });
  expect(await failureOf(client.auth.register.mutate({ ...newPerson(), email: 'x' }))).toMatchObject({
    code: 'VALIDATION_FAILED',
    errors: [{ path: 'email', message: expect.any(String), code: expect.any(String) }],
  });
  expect(
    await failureOf(client.auth.register.mutate({ ...newPerson(), referralCode: 'nobody' })),
  ).toMatchObject({ status: 422 });
});

it('a single failed call has the status of its failure, without a stack', async () => {
  for (const [path, body, status] of [
    ['auth.verifyEmail', { token: 'x' }, 410],
    ['auth.login', { identifier: 'x', password: 'y' }, 401],
    ['auth.nothing', {}, 404],
  ] as const) {
    const answer = await server.call('POST', `/trpc/${path}`, { body });
    expect(answer.status).toBe(status);
    expect(answer.body.error.data.requestId).toBe(answer.headers.get('x-request-id'));
    expect(JSON.stringify(answer.body)).not.toMatch(/stack|node_modules|\.ts:/);
  }
});

it('text is not read as a number or boolean, even after a REST call', async () => {
  await server.call('GET', '/api/referral-stats?days=7', { token: ada.token });
  const client = createTRPCClient<AppRouter>({
    links: [httpLink({ url: `${server.url}/trpc`, headers: { authorization: `Bearer ${ada.token}` } })],
  });
  const failure = await failureOf(client.referrals.stats.query({ days: '7' as never }));
  expect(failure).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path: 'days' }] });
});
