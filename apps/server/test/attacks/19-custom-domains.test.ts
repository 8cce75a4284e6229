import { beforeAll, expect, it } from 'vitest';
import { newHandle, type SignedUp, usePerson, useTestServer } from '../kit/index.ts';

const TARGET = 'pages.linkgrove-test.com';
const SECRET = 'a-secret-of-the-proxy-only';

const server = useTestServer({
  env: { DOMAIN_TARGET: TARGET, TLS_CHECK_SECRET: SECRET, PUBLIC_URL: 'http://linkgrove-test.com' },
});
const ada = usePerson(server);
let pageId: string;
beforeAll(async () => {
  pageId = (await server.as(ada, 'POST', '/api/pages', { handle: newHandle(), published: true })).body.id;
});

const add = (who: SignedUp, hostname: string, page = pageId) =>
  server.as(who, 'POST', '/api/domains', { hostname, pageId: page });

it.each([
  'localhost',
  'links.localhost',
  '127.0.0.1',
  '2130706433',
  '0x7f.1',
  '[::1]',
  '::1',
  'com',
  'co.uk',
  'github.io',
  'ada.test',
  'ada.internal',
  'ada.local',
  'https://ada.com',
  'ada.com/x',
  'ada.com:443',
  'a@b.com',
  '*.ada.com',
  '_x.ada.com',
  'ada..com',
  `${'a'.repeat(64)}.com`,
  `${'a.'.repeat(130)}com`,
  'аррӏе.com',
  'linkgrove-test.com',
  'www.linkgrove-test.com',
  TARGET,
  '',
])('A13.19 %s cannot be a custom domain', async (hostname) => {
  const { status, body } = await add(ada, hostname);
  expect([status, body.errors?.[0].path]).toEqual([400, 'hostname']);
});

it('A13.19 a claim without a proof blocks nobody, shows nothing and gets no certificate', async () => {
  const hostname = 'links.somebody-else.com';
  const bob = await server.signUp();
  const [page] = (await server.as(bob, 'GET', '/api/pages')).body.items;
  expect([(await add(ada, hostname)).status, (await add(bob, hostname, page.id)).status]).toEqual([201, 201]);
  const check = `/internal/tls-check?domain=${hostname}`;
  expect((await server.get(`${check}&secret=${SECRET}`)).status).toBe(404);
});

it('A13.19 the check of a proxy tells nobody without its secret which hosts exist', async () => {
  const { id } = (await add(ada, 'links.ada-lovelace.com')).body;
  const change = { status: 'active' as const, verified_at: new Date() };
  await server.app.db.updateTable('domains').set(change).where('id', '=', id).execute();
  const ask = async (domain: string, query: string) => {
    const { status, body } = await server.get(`/internal/tls-check?domain=${domain}${query}`);
    return [status, body];
  };
  expect(await ask('links.ada-lovelace.com', `&secret=${SECRET}`)).toEqual([200, 'yes']);
  for (const query of ['', '&secret=', '&secret=wrong', `&secret=${SECRET}&secret=${SECRET}`])
    expect(await ask('links.ada-lovelace.com', query)).toEqual(await ask('unknown.example.com', query));
});
