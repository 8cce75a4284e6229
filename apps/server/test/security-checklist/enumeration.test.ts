import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  enrol,
  markSuspended,
  newPerson,
  PASSWORD,
  type SignedUp,
  startTestServer,
  type TestServer,
} from '../kit/index.ts';

// The time itself is measured by bench/enumeration.ts; here the work must be the same.

let server: TestServer;
let ada: SignedUp;
let suspended: SignedUp;
let verified: SignedUp;
let enrolled: SignedUp;
let work: { statements: string[]; hashes: number; compares: number };

const statements: KyselyPlugin = {
  transformQuery: ({ node }) => {
    const table = JSON.stringify(node).match(
      /"table":\{"kind":"SchemableIdentifierNode","identifier":\{"kind":"IdentifierNode","name":"(\w+)"/,
    );
    work.statements.push(`${node.kind} ${table?.[1] ?? ''}`);
    return node;
  },
  transformResult: async ({ result }) => result,
};

beforeAll(async () => {
  work = { statements: [], hashes: 0, compares: 0 };
  server = await startTestServer();
  const { app } = server;
  const { hash, verify } = app.passwords;
  app.passwords.hash = (...args) => {
    work.hashes += 1;
    return hash(...args);
  };
  app.passwords.verify = (...args) => {
    work.compares += 1;
    return verify(...args);
  };
  app.db = app.db.withPlugin(statements);
  [ada, suspended, verified] = [await server.signUp(), await server.signUp(), await server.signUp()];
  enrolled = await enrol(server, await server.signUp());
  await markSuspended(server, suspended);
  await app.db
    .updateTable('users')
    .set({ email_verified_at: new Date() })
    .where('id', '=', verified.user.id)
    .execute();
});
afterAll(() => server.close());

/** The work that a request caused, and the status of its answer. */
async function costOf(path: string, body: unknown) {
  work = { statements: [], hashes: 0, compares: 0 };
  const { status } = await server.post(path, body);
  return { status, ...work };
}

const password = 'not-the-password';

describe('E1 the work behind an answer', () => {
  it('is the same for a wrong password and an unknown name: one comparison and the same statements', async () => {
    const known = await costOf('/api/login', { identifier: ada.email, password });
    expect(known).toMatchObject({ status: 401, compares: 1, hashes: 0 });
    expect(known.statements.length).toBeGreaterThan(1);
    for (const identifier of ['nobody@example.com', 'nobody-at-all', ada.username, 'x', "' or 1=1--", '@'])
      expect(await costOf('/api/login', { identifier, password })).toEqual(known);
  });

  it('is one statement for a reset request, whoever has the address', async () => {
    const known = await costOf('/api/forgot-password', { email: ada.email });
    expect([known.status, known.statements.length, known.hashes]).toEqual([202, 1, 0]);
    for (const email of ['nobody@example.com', suspended.email, verified.email])
      expect(await costOf('/api/forgot-password', { email })).toEqual(known);
  });

  it('is the same for a wrong code by mail, whoever has the address', async () => {
    const code = '000000';
    const known = await costOf('/api/login-link/verify', { email: ada.email, code });
    expect(known).toMatchObject({ status: 401, compares: 0, hashes: 0 });
    for (const email of ['nobody@example.com', suspended.email, verified.email, enrolled.email])
      expect(await costOf('/api/login-link/verify', { email, code })).toEqual(known);
  });

  it('of another verification mail needs a session, so it reveals only the user’s own address', async () => {
    expect((await server.post('/api/resend-verification')).status).toBe(401);
  });

  it('is one comparison for the current password, right or wrong', async () => {
    const change = async (currentPassword: string) => {
      work = { statements: [], hashes: 0, compares: 0 };
      const body = { currentPassword, newPassword: 'x' };
      const weak = { ...body, newPassword: 'password1' };
      const { status } = await server.post('/api/me/password', weak, { token: ada.token });
      return [status, work.compares, work.hashes];
    };
    expect(await change(password)).toEqual([401, 1, 0]);
    expect(await change(PASSWORD)).toEqual([400, 1, 0]);
  });

  it('includes no hash for an invalid token', async () => {
    const cost = await costOf('/api/reset-password', {
      token: 'x'.repeat(43),
      password: 'another-horse-battery',
    });
    expect(cost).toMatchObject({ status: 410, hashes: 0, compares: 0 });
  });
});

it('E2 accounts that are suspended, unverified or have a second factor cost the same as any other', async () => {
  const known = await costOf('/api/login', { identifier: ada.email, password });
  for (const { email } of [suspended, verified, enrolled])
    expect(await costOf('/api/login', { identifier: email, password })).toEqual(known);
});

it('E2 a blocked name costs no comparison, known or unknown', async () => {
  const strict = await startTestServer({ env: { RATE_LIMIT_LOGIN: '2/15m', TRUST_PROXY: '127.0.0.1' } });
  let compares = 0;
  const { verify } = strict.app.passwords;
  strict.app.passwords.verify = (...args) => {
    compares += 1;
    return verify(...args);
  };
  const { username } = await strict.signUp();
  const counts = [];
  for (const identifier of [username, 'nobody-at-all']) {
    compares = 0;
    for (let n = 0; n < 5; n++) {
      const headers = { 'x-forwarded-for': `198.51.100.${counts.length * 10 + n}` };
      await strict.call('POST', '/api/login', { body: { identifier, password }, headers });
    }
    counts.push(compares);
  }
  expect(counts).toEqual([2, 2]);
  await strict.close();
});

it('E3 the comparison for an unknown name has the configured cost, like stored hashes', async () => {
  const dear = await startTestServer({ env: { BCRYPT_COST: '6' } });
  const { passwords } = dear.app;
  expect(passwords.needsRehash(await passwords.hash(PASSWORD))).toBe(false);
  expect(await passwords.verify('no account has this password', undefined)).toBe(false);
  const cheap = await server.app.passwords.hash(PASSWORD);
  expect(passwords.needsRehash(cheap)).toBe(true);
  await dear.close();
});

const withoutTime = ({ status, body, headers }: Answer) => ({
  status,
  body: { ...body, requestId: '', detail: String(body.detail).replace(/\d+/, 'n') },
  headers: Object.fromEntries(
    [...headers]
      .filter(([name]) => !/^(date|x-request-id|content-length)$/.test(name))
      .map(([name, value]) => [
        name,
        value.replace(/(t=)\d+/, '$1n').replace(/^(8\d\d|900|3[56]\d\d)$/, 'n'),
      ]),
  ),
});

it('E4 known and unknown names are blocked after the same number of attempts and for the same time', async () => {
  const strict = await startTestServer({
    env: { RATE_LIMIT_LOGIN: '3/15m', RATE_LIMIT_FORGOT: '3/1h', TRUST_PROXY: '127.0.0.1' },
  });
  const { email } = await strict.signUp();
  let hosts = 0;
  const run = async (path: string, body: object) => {
    const answers = [];
    for (let n = 0; n < 6; n++) {
      hosts += 1;
      const headers = { 'x-forwarded-for': `198.51.100.${hosts}` };
      answers.push(withoutTime(await strict.call('POST', path, { body, headers })));
    }
    return answers;
  };
  const known = await run('/api/login', { identifier: email, password });
  expect(known.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429, 429]);
  expect(await run('/api/login', { identifier: 'nobody@example.com', password })).toEqual(known);
  // A reset request is always accepted; the worker drops the mails beyond the budget.
  const asked = await run('/api/forgot-password', { email });
  expect(asked.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 202]);
  expect(await run('/api/forgot-password', { email: 'nobody@example.com' })).toEqual(asked);
  await strict.close();
});

it('E5 the headers for known and unknown names are the same, including length and budget', async () => {
  const strict = await startTestServer({ env: { RATE_LIMIT_LOGIN: '100/15m', RATE_LIMIT_FORGOT: '100/1h' } });
  const { email } = await strict.signUp();
  const headersOf = ({ headers }: Answer) =>
    [...headers].map(([name, value]) =>
      /^(date|x-request-id|ratelimit)$/.test(name) ? [name] : [name, value],
    );
  const ask = async (path: string, body: object) => headersOf(await strict.call('POST', path, { body }));
  expect(await ask('/api/login', { identifier: 'nobody@example.com', password })).toEqual(
    await ask('/api/login', { identifier: email, password }),
  );
  expect(await ask('/api/forgot-password', { email: 'nobody@example.com' })).toEqual(
    await ask('/api/forgot-password', { email }),
  );
  await strict.close();
});

it('E6 no public answer leads from a name to an address or an ID', async () => {
  const { body } = await server.call('GET', `/api/referral-codes/${ada.user.referralCode}`);
  expect(Object.keys(body).toSorted()).toEqual(['campaign', 'code', 'referrer']);
  expect(Object.keys(body.referrer).toSorted()).toEqual(['avatarUrl', 'displayName', 'username']);
  const taken = await server.post('/api/register', { ...newPerson(), username: ada.username });
  for (const text of [JSON.stringify(body), JSON.stringify(taken.body)]) {
    expect(text).not.toContain(ada.email);
    expect(text).not.toContain(ada.user.id);
  }
});
