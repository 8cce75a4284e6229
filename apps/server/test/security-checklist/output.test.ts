import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { newPerson, PASSWORD, signUpAdmin, usePerson, useTestServer } from '../kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);

const HOSTILE = [
  '"><img src=x onerror=alert(1)>',
  '</script><script>alert(1)</script>',
  '{{7*7}}${7*7}<%= 7*7 %>',
  "' onload='alert(1)",
];

it.each(HOSTILE)('U3 %s in a name is sent as JSON that no browser treats as a page', async (displayName) => {
  const { headers, body } = await server.call('PATCH', '/api/me', {
    token: ada.token,
    body: { displayName },
  });
  expect(body.displayName).toBe(displayName);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

it.each(HOSTILE)('U3 %s in a URL or an error is escaped or absent', async (text) => {
  const query = encodeURIComponent(text);
  for (const path of [
    `/register?referral=${query}`,
    `/verify-email?token=${query}`,
    `/reset-password?token=${query}`,
  ]) {
    const { status, body } = await server.call('GET', path);
    expect([status, String(body).includes(text)]).toEqual([200, false]);
  }
  const missing = await server.call('GET', `/${query}`);
  expect(missing.headers.get('content-type')).toContain('application/problem+json');
  expect(JSON.stringify(missing.body)).not.toContain('alert(1)');
  const refused = await server.post('/api/register', { ...newPerson(), email: text, [text]: 1 });
  expect(refused.headers.get('content-type')).toContain('application/problem+json');
});

it.each([
  '//evil.example',
  '/\\evil.example',
  'https:evil.example',
  'https://evil.example',
  '%2f%2fevil.example',
  'https://localhost:3000.evil.example',
  'https://localhost:3000@evil.example',
  'javascript:alert(1)',
])('U7 no part of a request chooses the redirect target: %s', async (target) => {
  const code = ada.user.referralCode;
  for (const name of ['next', 'redirect', 'redirectTo', 'callbackURL', 'url', 'return_to']) {
    const { status, headers } = await server.call('GET', `/r/${code}?${name}=${encodeURIComponent(target)}`);
    expect([status, headers.get('location')]).toEqual([
      302,
      `http://localhost:3000/register?referral=${code}`,
    ]);
  }
  const answer = await server.post(
    '/api/login',
    { identifier: ada.username, password: PASSWORD },
    { headers: { referer: target } },
  );
  expect(answer.headers.get('location')).toBeNull();
});

it.each(['a%0d%0aLocation:%20https://evil.example', 'a%0aset-cookie:x=y', '%E5%98%8A%E5%98%8D', 'a%3Fb%23c'])(
  'U7 a code cannot add a header: %s',
  async (code) => {
    const { status, headers } = await server.call('GET', `/r/${code}`);
    expect([status, headers.get('location'), headers.getSetCookie()]).toEqual([404, null, []]);
  },
);

it('U8 no user input makes the server call another host', async () => {
  let hits = 0;
  const canary = createServer((_request, response) => {
    hits += 1;
    response.end();
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  const { port } = canary.address() as AddressInfo;
  for (const host of ['127.0.0.1', 'localhost', '0', '2130706433', '0177.0.0.1', '[::ffff:127.0.0.1]']) {
    const url = `http://${host}:${port}/`;
    await server.call('PATCH', '/api/me', { token: ada.token, body: { displayName: url } });
    await server.call('PATCH', '/api/me', { token: ada.token, body: { avatarUrl: url } });
    await server.post('/api/referral-links', { label: url }, { token: ada.token });
    await server.call('GET', `/r/${ada.user.referralCode}`, {
      headers: { referer: url, 'x-forwarded-host': url, 'user-agent': url },
    });
    await server.post(
      '/api/login',
      { identifier: url, password: url },
      { headers: { 'x-wap-profile': url, via: url } },
    );
  }
  expect(hits).toBe(0);
  await new Promise((resolve) => canary.close(resolve));
});

describe('U9 SQL in a value', () => {
  const injections = [
    "' or '1'='1",
    "'; drop table users; --",
    "' union select password_hash from users --",
    "x'||pg_sleep(10)||'",
    "'; select pg_sleep(10); --",
    '\\',
    '%',
    '_____',
    '$1',
    '{"a":1}',
    'a,b)--',
  ];
  it.each(injections)('is treated as a value: %s', async (text) => {
    const count = async () =>
      (await sql<{ n: number }>`select count(*) as n from users`.execute(server.app.db)).rows[0]?.n;
    const before = await count();
    const query = encodeURIComponent(text);
    const statuses = [
      (await server.post('/api/login', { identifier: text, password: text })).status,
      (await server.post('/api/verify-email', { token: text })).status,
      (await server.post('/api/register', { ...newPerson(), referralCode: text })).status,
      (await server.post('/api/register', { ...newPerson(), username: text })).status,
      (await server.call('GET', `/api/referral-codes/${query}`)).status,
      (await server.call('GET', `/r/${query}`)).status,
      (await server.call('GET', `/api/referrals?status=${query}`, { token: ada.token })).status,
      (await server.call('GET', `/api/sessions?cursor=${query}`, { token: ada.token })).status,
      (await server.call('GET', `/api/sessions?sort=${query}&order=${query}`, { token: ada.token })).status,
      (await server.call('DELETE', `/api/sessions/${query}`, { token: ada.token })).status,
      (await server.call('GET', '/api/me', { cookie: `access_token=${query}` })).status,
      (await server.post('/api/refresh', undefined, { cookie: `refresh_token=${query}` })).status,
    ];
    for (const status of statuses) expect(status >= 400 && status < 500).toBe(true);
    expect(await count()).toBe(before);
  });

  it('is stored unchanged, and a look-up takes % and _ literally', async () => {
    const admin = await signUpAdmin(server);
    for (const text of injections) {
      const { body } = await server.call('PATCH', '/api/me', {
        token: ada.token,
        body: { displayName: text },
      });
      expect(body.displayName).toBe(text);
    }
    for (const name of ['%', 'person%', '_______', "' or '1'='1"])
      expect(await server.ask(admin, 'GET', `/api/admin/users?q=${encodeURIComponent(name)}`)).toEqual({
        items: [],
        nextCursor: null,
      });
  });
});
