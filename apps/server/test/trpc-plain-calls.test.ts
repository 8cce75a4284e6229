import { type Endpoint, endpoints } from '@linkgrove/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SignedUp, startTestServer, type TestServer } from './kit/index.ts';

let server: TestServer;
let ada: SignedUp;
let admin: SignedUp;
let pageId: string;
beforeAll(async () => {
  server = await startTestServer();
  ada = await server.signUp();
  admin = await server.signUp();
  await server.app.db.updateTable('users').set({ role: 'admin' }).where('id', '=', admin.user.id).execute();
  await server.signUp({ referralCode: ada.user.referralCode });
  pageId = (await server.as(ada, 'GET', '/api/pages')).body.items[0].id;
});
afterAll(() => server.close());

/** These differ between two requests, or between two ways to frame the same body. */
const OTHER_HEADERS = [
  'date',
  'x-request-id',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
];

type Call = { method: string; name: string; input?: string; headers?: Record<string, string> };

/** tRPC's own adapter ignores the parameter `stock`; calls with it do not take the short way. */
async function send({ method, name, input, headers = {} }: Call, isStock: boolean) {
  const query = [
    ...(method === 'GET' && input !== undefined ? [`input=${encodeURIComponent(input)}`] : []),
    ...(isStock ? ['stock=1'] : []),
  ].join('&');
  const response = await fetch(`${server.url}/trpc/${name}${query === '' ? '' : `?${query}`}`, {
    method,
    headers: { ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers },
    ...(method === 'POST' && input !== undefined && { body: input }),
  });
  const requestId = response.headers.get('x-request-id') ?? '';
  const text = await response.text();
  return {
    status: response.status,
    headers: [...response.headers].filter(([header]) => !OTHER_HEADERS.includes(header)).toSorted(),
    text: text.replaceAll(requestId, 'ID').replaceAll(/"exportedAt":"[^"]*"/g, '"exportedAt"'),
  };
}

async function expectSameAnswer(call: Call) {
  const stock = await send(call, true);
  const plain = await send(call, false);
  expect(plain, JSON.stringify(call)).toEqual(stock);
  return plain;
}

const methodOf = ({ procedure }: Endpoint) => (procedure._def.type === 'query' ? 'GET' : 'POST');
const bearer = ({ token }: SignedUp) => ({ authorization: `Bearer ${token}` });
const NOWHERE = '01890000-0000-7000-8000-000000000000';

const INPUTS = [undefined, '{}', 'null', '"x"', '{"unknown":1,"__proto__":{}}', `{"id":"${NOWHERE}"}`, '{'];

describe.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))(
  'the short way answers as tRPC’s adapter to %s',
  (name, endpoint) => {
    const method = methodOf(endpoint);
    const isQuery = method === 'GET';

    it('for everyone who may not call it, with any input', async () => {
      for (const input of INPUTS) {
        const call = { method, name, ...(input !== undefined && { input }) };
        await expectSameAnswer(call);
        await expectSameAnswer({ ...call, headers: { authorization: 'Bearer x' } });
      }
    });

    it('for everyone who may, with any input', async () => {
      // Without a wrong member, some mutations end the session or delete the account.
      for (const input of isQuery ? INPUTS : ['{"unknown":1}', '"x"', '{']) {
        const call = { method, name, ...(input !== undefined && { input }) };
        await expectSameAnswer({ ...call, headers: bearer(ada) });
        await expectSameAnswer({ ...call, headers: bearer(admin) });
      }
    });

    it('with the wrong method', async () => {
      const answer = await expectSameAnswer({ method: isQuery ? 'POST' : 'GET', name });
      expect(answer.status).toBe(405);
    });
  },
);

describe('the short way answers as tRPC’s adapter', () => {
  it('to queries with an input', async () => {
    for (const [name, input] of [
      ['pages.get', { id: pageId }],
      ['pages.list', { limit: 1 }],
      ['referrals.list', { limit: 1, status: 'pending' }],
      ['referrals.list', { cursor: 'wrong' }],
      ['referrals.stats', { days: 3 }],
      ['referrals.stats', { days: '3' }],
      ['publicPages.get', { handle: ada.username }],
    ] as const) {
      await expectSameAnswer({ method: 'GET', name, input: JSON.stringify(input), headers: bearer(ada) });
    }
  });

  it('to mutations that change something, in status, headers and members', async () => {
    const title = { id: pageId, title: 'Ada' };
    const updated = await expectSameAnswer({
      method: 'POST',
      name: 'account.update',
      input: JSON.stringify({ displayName: 'Ada' }),
      headers: bearer(ada),
    });
    expect(updated.status).toBe(200);
    await expectSameAnswer({ method: 'POST', name: 'sessions.endOthers', headers: bearer(ada) });
    const call = { method: 'POST', name: 'pages.update', input: JSON.stringify(title), headers: bearer(ada) };
    const answers = [await send(call, true), await send(call, false)].map(({ status, headers, text }) => ({
      status,
      headers: headers.filter(([name]) => name !== 'etag'),
      text: text.replace(/"version":\d+/, '').replace(/"updatedAt":"[^"]*"/, ''),
    }));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.status).toBe(200);
  });

  it('to a sign-in, with its cookies', async () => {
    const input = JSON.stringify({ identifier: ada.username, password: 'correct-horse-battery' });
    const call = { method: 'POST', name: 'auth.login', input, headers: { cookie: ada.cookie } };
    const [stock, plain] = [await send(call, true), await send(call, false)].map(
      ({ status, headers, text }) => ({
        status,
        headers: headers.map(([name, value]) => [name, value.replace(/(token)=[^;]+/, '$1')]),
        members: Object.keys(JSON.parse(text).result.data as object),
      }),
    );
    expect(plain).toEqual(stock);
    expect(plain?.headers.filter(([name]) => name === 'set-cookie')).toHaveLength(2);
  });

  it('to a create with a taken name', async () => {
    const input = JSON.stringify({ handle: ada.username, title: 'x' });
    const other = await server.signUp();
    const { status } = await expectSameAnswer({
      method: 'POST',
      name: 'pages.create',
      input,
      headers: bearer(other),
    });
    expect(status).toBe(409);
  });

  it('to unknown procedures, foreign content types, other parameters and odd escapes', async () => {
    await expectSameAnswer({ method: 'GET', name: 'nothing.here' });
    await expectSameAnswer({ method: 'GET', name: 'account%2Eme', headers: bearer(ada) });
    for (const type of [
      'application/json; charset=utf-8',
      'application/JSON',
      'multipart/form-data; boundary=x',
    ])
      await expectSameAnswer({
        method: 'GET',
        name: 'account.me',
        headers: { ...bearer(ada), 'content-type': type },
      });
  });
});
