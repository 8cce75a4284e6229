import { expect, it } from 'vitest';
import { newPerson, PASSWORD, usePerson, useTestServer } from '../kit/index.ts';

const server = useTestServer({ env: { PUBLIC_URL: 'https://api.example.com' } });
const ada = usePerson(server);

const me = (cookie: string) => server.call('GET', '/api/me', { cookie });

it('C1 over HTTPS the cookies with a token are bound to the host, hidden from scripts, and expire in time', async () => {
  const { headers } = await server.post('/api/login', { identifier: ada.username, password: PASSWORD });
  const [access = '', refresh = '', marker, device = '', ...more] = headers.getSetCookie();
  expect(more).toEqual([]);
  const attributes = 'Path=/; HttpOnly; Secure; SameSite=Lax';
  expect(access.replace(/=[^;]+/, '')).toBe(`__Host-access_token; Max-Age=900; ${attributes}`);
  expect(refresh.replace(/=[^;]+/, '')).toBe(`__Host-refresh_token; Max-Age=2592000; ${attributes}`);
  expect(device.replace(/=[^;]+/, '')).toBe(`__Host-device; Max-Age=34560000; ${attributes}`);
  for (const line of [access, refresh, device]) expect(line.length).toBeLessThan(4_096);
  // It tells scripts that there is a session, and is the same for everybody.
  expect(marker).toBe('linkgrove_session=1; Max-Age=2592000; Path=/; Secure; SameSite=Lax');
});

it('C2 the refresh token of a cookie appears in its cookie and nowhere else', async () => {
  const answer = await server.post('/api/register', newPerson());
  const refresh = answer.cookies['__Host-refresh_token'] as string;
  expect(JSON.stringify(answer.body)).not.toContain(refresh);
  const trpc = await fetch(`${server.url}/trpc/auth.refresh`, {
    method: 'POST',
    headers: { cookie: `__Host-refresh_token=${refresh}` },
  });
  const [, line = ''] = trpc.headers.getSetCookie();
  const child = /=([\w-]{43});/.exec(line)?.[1] as string;
  expect(await trpc.text()).not.toContain(child);
});

it('C2 a script that asks for a token session gets nothing out of the cookies', async () => {
  const { cookie } = await server.signUp();
  const asked = { 'linkgrove-session': 'token' };
  for (const path of ['/api/refresh', '/trpc/auth.refresh']) {
    const answer = await server.post(path, undefined, { cookie, headers: asked });
    expect([answer.status, answer.headers.get('linkgrove-refresh-token')]).toEqual([401, null]);
  }
  expect((await server.call('GET', '/api/me', { cookie, headers: asked })).status).toBe(401);
  expect((await server.post('/api/logout', undefined, { cookie, headers: asked })).cookies).toEqual({});
  expect((await me(cookie)).status).toBe(200);
});

it('C3 cookies set by a sibling host change nothing', async () => {
  const eve = await server.signUp();
  // Without the prefix, any host of the same site could have set them.
  const plain = eve.cookie.replaceAll('__Host-', '');
  expect((await me(plain)).status).toBe(401);
  expect((await me(`${plain}; ${ada.cookie}`)).body.id).toBe(ada.user.id);
  expect((await me(`${ada.cookie}; ${plain}`)).body.id).toBe(ada.user.id);
  for (const twice of [`${ada.cookie}; ${eve.cookie}`, `${ada.cookie}; __Host-access_token=x`]) {
    expect((await me(twice)).body.id).toBe(ada.user.id);
  }
  const hundred = Array.from({ length: 100 }, (_, index) => `c${index}=${index}`).join('; ');
  expect((await me(`${hundred}; ${ada.cookie}`)).status).toBe(200);
  expect((await me('__proto__=x; constructor=y; toString=z')).status).toBe(401);
});

it('C4 protocol headers from a client do not change how secure a cookie is', async () => {
  for (const headers of [
    { 'x-forwarded-proto': 'http' },
    { forwarded: 'proto=http;host=evil.example' },
    { 'x-forwarded-ssl': 'off' },
  ]) {
    const answer = await server.post(
      '/api/login',
      { identifier: ada.username, password: PASSWORD },
      { headers },
    );
    for (const line of answer.headers.getSetCookie())
      expect(line).toMatch(/^(__Host-.*|linkgrove_session=1); .*Secure;/);
  }
});

it('C5 answers that set a cookie or belong to a user are not cached', async () => {
  const answers = [
    await server.post('/api/register', newPerson()),
    await server.post('/api/login', { identifier: ada.username, password: PASSWORD }),
    await me(ada.cookie),
    await server.call('GET', '/trpc/account.me', { cookie: ada.cookie }),
    await server.call('GET', '/api/me/export', { cookie: ada.cookie }),
    await server.call('GET', '/api/me'),
    await server.call('GET', `/r/${ada.user.referralCode}`),
    await server.post('/api/logout', undefined, { cookie: ada.cookie }),
  ];
  for (const { status, headers } of answers)
    expect([status, headers.get('cache-control')]).toEqual([status, 'no-store']);
});
