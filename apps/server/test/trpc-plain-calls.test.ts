import { isDeepStrictEqual } from 'node:util';
import { type Endpoint, endpoints } from '@linkgrove/api';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SignedUp, usePerson, useTestServer } from './kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);
const admin = usePerson(server);
let pageId: string;
beforeAll(async () => {
  await server.app.db.updateTable('users').set({ role: 'admin' }).where('id', '=', admin.user.id).execute();
  await server.signUp({ referralCode: ada.user.referralCode });
  pageId = (await server.as(ada, 'GET', '/api/pages')).body.items[0].id;
});

/** These differ between two requests, or between two ways to frame the same body. */
const OTHER_HEADERS = new Set([
  'date',
  'x-request-id',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  // Counts the first of the two calls.
  'ratelimit',
  'retry-after',
]);

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
    headers: [...response.headers].filter(([header]) => !OTHER_HEADERS.has(header)),
    text: text
      .replaceAll(requestId, 'ID')
      .replaceAll(/"(exportedAt|challenge)":"[^"]*"/g, '"$1"')
      .replaceAll(/in \d+ seconds/g, 'in seconds'),
  };
}

/** Undefined if both ways give the same answer. */
async function findDifference(call: Call) {
  const stock = await send(call, true);
  const plain = await send(call, false);
  return isDeepStrictEqual(plain, stock) ? undefined : { call, stock, plain };
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
        expect(await findDifference(call)).toBeUndefined();
        expect(await findDifference({ ...call, headers: { authorization: 'Bearer x' } })).toBeUndefined();
      }
    });

    it('for everyone who may, with any input', async () => {
      // Without a wrong member, some mutations end the session or delete the account.
      for (const input of isQuery ? INPUTS : ['{"unknown":1}', '"x"', '{']) {
        const call = { method, name, ...(input !== undefined && { input }) };
        expect(await findDifference({ ...call, headers: bearer(ada) })).toBeUndefined();
        expect(await findDifference({ ...call, headers: bearer(admin) })).toBeUndefined();
      }
    });

    it('with the wrong method', async () => {
      const call = { method: isQuery ? 'POST' : 'GET', name };
      expect(await findDifference(call)).toBeUndefined();
      expect(await send(call, false)).toMatchObject({ status: 405 });
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
      expect(
        await findDifference({ method: 'GET', name, input: JSON.stringify(input), headers: bearer(ada) }),
      ).toBeUndefined();
    }
  });

  it('to mutations that change something, in status, headers and members', async () => {
    const title = { id: pageId, title: 'Ada' };
    const update = {
      method: 'POST',
      name: 'account.update',
      input: JSON.stringify({ displayName: 'Ada' }),
      headers: bearer(ada),
    };
    expect(await findDifference(update)).toBeUndefined();
    expect(await send(update, false)).toMatchObject({ status: 200 });
    expect(
      await findDifference({ method: 'POST', name: 'sessions.endOthers', headers: bearer(ada) }),
    ).toBeUndefined();
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
    expect(plain?.headers.filter(([name]) => name === 'set-cookie')).toHaveLength(3);
  });

  it('to a create with a taken name', async () => {
    const input = JSON.stringify({ handle: ada.username, title: 'x' });
    const other = await server.signUp();
    const call = { method: 'POST', name: 'pages.create', input, headers: bearer(other) };
    expect(await findDifference(call)).toBeUndefined();
    expect(await send(call, false)).toMatchObject({ status: 409 });
  });

  it('to unknown procedures, foreign content types, other parameters and odd escapes', async () => {
    expect(await findDifference({ method: 'GET', name: 'nothing.here' })).toBeUndefined();
    expect(
      await findDifference({ method: 'GET', name: 'account%2Eme', headers: bearer(ada) }),
    ).toBeUndefined();
    for (const type of [
      'application/json; charset=utf-8',
      'application/JSON',
      'multipart/form-data; boundary=x',
    ])
      expect(
        await findDifference({
          method: 'GET',
          name: 'account.me',
          headers: { ...bearer(ada), 'content-type': type },
        }),
      ).toBeUndefined();
  });
});
