import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  clientFrom,
  cookieHeader,
  eventually,
  newHandle,
  times,
  usePerson,
  useTestServer,
} from '../kit/index.ts';

const PASSWORD = 'rehearsal-7';
const TITLE = 'Secret rehearsal of the quartet';
const TARGET = 'https://example.com/hidden-target';
const ORIGIN = 'http://linkgrove-test.com';
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

const server = useTestServer({
  env: { TRUST_PROXY: '127.0.0.1', PUBLIC_URL: ORIGIN, DOMAIN_TARGET: 'pages.linkgrove-test.com' },
});
const ada = usePerson(server);

const send = async (method: string, path: string, body?: unknown) => {
  const answer = await server.as(ada, method, path, body);
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  return answer.body;
};

type Locked = { id: string; handle: string; link: string; event: string; form: string };
async function createLocked(password = PASSWORD): Promise<Locked> {
  const handle = newHandle('locked');
  const { id } = await send('POST', '/api/pages', { handle, title: TITLE, bio: TITLE, published: true });
  const add = async (block: object) => (await send('POST', `/api/pages/${id}/blocks`, block)).id as string;
  const link = await add({ type: 'link', title: TITLE, url: TARGET });
  const event = await add({
    type: 'event',
    title: TITLE,
    data: { beginsAt: '2027-05-01T18:00:00Z', timezone: 'UTC' },
  });
  const fields = [{ field: 'message' }];
  const form = await add({ type: 'form', title: TITLE, data: { fields, confirmEmail: false } });
  await send('PATCH', `/api/pages/${id}/analytics/settings`, { public: true });
  expect(await send('PUT', `/api/pages/${id}/password`, { password })).toMatchObject({ id, locked: true });
  return { id, handle, link, event, form };
}

let addresses = 0;
const newVisitor = () => clientFrom(`10.2.${Math.floor(addresses / 250)}.${(addresses += 1) % 250}`);
const enter = (handle: string, password: string, headers: Record<string, string> = newVisitor()) =>
  server.call('POST', `/@${handle}`, {
    body: new URLSearchParams({ password }).toString(),
    headers: { ...FORM_TYPE, origin: ORIGIN, ...headers },
  });
const unlock = (handle: string, password: string, headers: Record<string, string> = newVisitor()) =>
  server.post(`/api/public/pages/${handle}/unlock`, { password }, { headers });

it('A13.21 a locked page shows strangers nothing, in no form', async () => {
  const { id, handle, link, event, form } = await createLocked();
  const paths = ['', '/share', '/qr.svg', '/qr.png', '/contact.vcf', '/stats', '/og.png'];
  const answers = [
    ...(await Promise.all(paths.map((path) => server.get(`/@${handle}${path}`)))),
    await server.get(`/api/public/pages/${handle}`),
    await server.get(`/trpc/publicPages.get?input=${encodeURIComponent(JSON.stringify({ handle }))}`),
    await server.get(`/go/${link}`),
    await server.get(`/go/${event}/event.ics`),
    await server.get('/sitemap.xml'),
  ];
  for (const { body, headers } of answers) {
    const shown = JSON.stringify(body) + JSON.stringify([...headers]);
    expect(shown).not.toContain('rehearsal');
    expect(shown).not.toContain('hidden-target');
  }
  const html = await server.get(`/@${handle}`);
  expect([html.status, html.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
  expect(html.headers.get('x-robots-tag')).toBe('noindex');
  expect(html.body).toMatch(/<form method="post"[^]*<input type="password" name="password" required/);
  expect(html.body).not.toMatch(/<script|og:|canonical/);
  expect(html.body).toContain(`<a href="${ORIGIN}/@${handle}/report" rel="nofollow">Report</a>`);
  expect((await server.get(`/@${handle}/report`)).status).toBe(200);
  expect(answers[7]).toMatchObject({ status: 403, body: { code: 'PAGE_LOCKED' } });
  expect(answers.at(-1)?.body).not.toContain(handle);
  const go = await server.get(`/go/${link}`);
  expect([go.status, go.headers.get('location')]).toEqual([302, `../@${handle}`]);
  const calendar = await server.get(`/go/${event}/event.ics`);
  const entered = await server.call('POST', `/go/${form}/form`, { body: 'message=Hi', headers: FORM_TYPE });
  expect([calendar, entered].map(({ status, headers }) => [status, headers.get('location')])).toEqual([
    [302, `../../@${handle}`],
    [303, `../../@${handle}`],
  ]);
  for (const [path, body] of [
    [`pages/${handle}/view`, {}],
    [`blocks/${link}/click`, {}],
    [`forms/${form}`, { fields: { message: 'Hi' } }],
  ] as const)
    expect(await server.post(`/api/public/${path}`, body)).toMatchObject({
      status: 403,
      body: { code: 'PAGE_LOCKED' },
    });
  const stored = await sql<{ lock_hash: string }>`select lock_hash from pages where id = ${id}`.execute(
    server.app.db,
  );
  expect(stored.rows[0]?.lock_hash).toMatch(/^\$2b\$/);
  for (const path of [`/api/pages/${id}`, `/api/pages/${id}/export`, '/api/me/export'])
    expect(JSON.stringify((await server.as(ada, 'GET', path)).body)).not.toContain('$2b$');
});

it('A13.21 the form opens the page in this browser until the password changes', async () => {
  const { id, handle, link, event } = await createLocked();
  const wrong = await enter(handle, 'rehearsal-8');
  expect([wrong.status, wrong.cookies]).toEqual([403, {}]);
  expect(wrong.body).toContain('Wrong password');
  const right = await enter(handle, PASSWORD);
  expect([right.status, right.headers.get('location')]).toEqual([303, `/@${handle}`]);
  expect(right.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax$/);
  const cookie = cookieHeader(right.cookies);
  const open = await server.get(`/@${handle}`, { cookie });
  expect([open.status, open.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
  expect(open.body).toContain(TITLE);
  expect(open.body).not.toMatch(/og:image|ld\+json/);
  expect((await server.get(`/@${handle}`)).body).not.toContain(TITLE);
  expect((await server.get(`/api/public/pages/${handle}`, { cookie })).body.title).toBe(TITLE);
  expect((await server.get(`/go/${link}`, { cookie })).headers.get('location')).toBe(TARGET);
  expect((await server.get(`/go/${event}/event.ics`, { cookie })).body).toContain('BEGIN:VEVENT');
  const other = await createLocked();
  expect((await server.get(`/@${other.handle}`, { cookie })).body).not.toContain(TITLE);
  const [name = ''] = Object.keys(right.cookies);
  const borrowed = `${name.replace(id, other.id)}=${right.cookies[name]}`;
  expect((await server.get(`/@${other.handle}`, { cookie: borrowed })).body).not.toContain(TITLE);
  await send('PUT', `/api/pages/${id}/password`, { password: PASSWORD });
  expect((await server.get(`/@${handle}`, { cookie })).body).not.toContain(TITLE);
  expect((await server.get(`/go/${link}`, { cookie })).headers.get('location')).toBe(`../@${handle}`);
  expect((await server.as(ada, 'DELETE', `/api/pages/${id}/password`)).status).toBe(204);
  expect((await server.get(`/@${handle}`)).body).toContain(TITLE);
  expect((await enter(handle, 'anything')).status).toBe(303);
});

it('A13.21 a frontend of its own unlocks a page by a token', async () => {
  const { id, handle, link, form } = await createLocked('4711');
  expect(await unlock(handle, '0000')).toMatchObject({
    status: 403,
    body: { code: 'PAGE_LOCKED', errors: [{ path: 'password', code: 'wrong_password' }] },
  });
  const { body } = await unlock(handle, '4711');
  const path = `/api/public/pages/${handle}?unlock=${encodeURIComponent(body.token)}`;
  const page = await server.get(path);
  expect([page.body.title, page.headers.get('cache-control')]).toEqual([TITLE, 'private, no-store']);
  expect((await server.get(`${path}x`)).status).toBe(403);
  const proof = { unlock: body.token };
  expect((await server.post(`/api/public/pages/${handle}/view`, proof)).status).toBe(202);
  expect((await server.post(`/api/public/blocks/${link}/click`, proof)).status).toBe(202);
  const entered = { ...proof, fields: { message: 'Hi' } };
  expect((await server.post(`/api/public/forms/${form}`, entered)).status).toBe(202);
  expect(await unlock(newHandle(), '4711')).toMatchObject({ status: 404 });
  expect((await send('POST', `/api/pages/${id}/preview-link`)).url).toContain('?preview=');
});

it('A13.21 one address that guesses waits longer and longer, and stops no other and no account', async () => {
  const { handle } = await createLocked();
  const guesser = newVisitor();
  const guesses = await times(30, () => unlock(handle, 'a wrong guess', guesser));
  expect(guesses.filter(({ status }) => status === 403)).toHaveLength(10);
  const refused = guesses.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(20);
  for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(200);
  expect((await unlock(handle, PASSWORD, guesser)).status).toBe(429);
  const page = await enter(handle, PASSWORD, guesser);
  expect([page.status, page.headers.get('retry-after') !== null]).toEqual([429, true]);
  expect((await unlock(handle, PASSWORD)).status).toBe(200);
  expect((await server.login(ada.username)).status).toBe(200);
  const waitAfter = async () => {
    await sql`update sign_in_throttles set window_ends_at = now(), blocked_until = now()`.execute(
      server.app.db,
    );
    await times(11, () => unlock(handle, 'a wrong guess', guesser));
    return Number((await unlock(handle, 'a wrong guess', guesser)).headers.get('retry-after'));
  };
  const [first, second] = [await waitAfter(), await waitAfter()];
  expect(second).toBeGreaterThan(first * 1.5);
});

it('A13.21 guesses from everywhere stop after some hundred in an hour', async () => {
  const { id, handle } = await createLocked();
  await unlock(handle, 'a wrong guess');
  await sql`
    update sign_in_throttles t set attempts = 499
    where t.account_hash = sha256(convert_to('wrong-unlock ' ||
      (select lock_id from pages where id = ${id}), 'utf8'))`.execute(server.app.db);
  await unlock(handle, 'a wrong guess');
  expect((await unlock(handle, PASSWORD)).status).toBe(200);
  await unlock(handle, 'a wrong guess');
  expect((await unlock(handle, PASSWORD)).status).toBe(429);
  await send('PUT', `/api/pages/${id}/password`, { password: 'a new one' });
  expect((await unlock(handle, 'a new one')).status).toBe(200);
});

it('A13.21 another site cannot enter passwords, nor spend the budget of a visitor', async () => {
  const { handle } = await createLocked();
  const visitor = newVisitor();
  const evil = { ...visitor, origin: 'https://evil.example' };
  for (const { status, body, cookies } of await times(15, () => enter(handle, PASSWORD, evil)))
    expect([status, body.code, cookies]).toEqual([403, 'CSRF_REJECTED', {}]);
  const api = await unlock(handle, PASSWORD, evil);
  expect([api.status, api.body.code]).toEqual([403, 'CSRF_REJECTED']);
  expect((await enter(handle, PASSWORD, visitor)).status).toBe(303);
});

/** `fetch` sets the Host header itself. */
async function ask(host: string, path: string, headers: Record<string, string> = {}, body?: string) {
  const { port } = new URL(server.url);
  const method = body === undefined ? 'GET' : 'POST';
  const sent = request({ port, path, method, headers: { host, ...newVisitor(), ...headers } }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const { statusCode: status, headers: given } = response;
  return { status, body: await text(response), headers: given };
}

it('A13.21 a locked page on a custom domain asks there, and forms work there', async () => {
  const { id, handle, link, form } = await createLocked();
  const host = 'locked.ada-lovelace.com';
  await send('POST', '/api/domains', { hostname: host, pageId: id });
  await sql`update domains set status = 'active', verified_at = now() where hostname = ${host}`.execute(
    server.app.db,
  );
  await eventually(async () => (await ask(host, '/')).status === 200);
  const closed = await ask(host, '/');
  expect([closed.status, closed.body.includes(TITLE)]).toEqual([200, false]);
  expect(closed.body).toContain('name="password"');
  expect((await ask(host, `/go/${link}`)).headers.location).toBe(
    `../@${(await send('GET', `/api/pages/${id}`)).handle}`,
  );
  expect(closed.body).toContain(`href="http://${host}/report"`);
  const foreign = { ...FORM_TYPE, origin: 'https://evil.example' };
  expect((await ask(host, '/', foreign, `password=${PASSWORD}`)).status).toBe(403);
  const own = { ...FORM_TYPE, origin: `http://${host}` };
  const { status, headers } = await ask(host, '/', own, `password=${PASSWORD}`);
  expect([status, headers.location]).toEqual([303, '/']);
  const cookie = headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
  expect((await ask(host, '/', { cookie })).body).toContain(TITLE);
  expect((await ask(host, `/go/${link}`, { cookie })).headers.location).toBe(TARGET);
  expect((await ask(host, `/go/${form}/form`, { ...own, cookie }, 'message=Hi')).body).toContain('Thank you');

  // Numbers are on the server's own host only, where the cookie of the domain is not sent.
  const stats = await server.get(`/@${handle}/stats`);
  expect([stats.status, stats.body.includes('name="password"')]).toEqual([200, true]);
  const opened = await enter(`${handle}/stats`, PASSWORD);
  expect([opened.status, opened.headers.get('location')]).toEqual([303, `/@${handle}/stats`]);
  const numbers = await server.get(`/@${handle}/stats`, { cookie: cookieHeader(opened.cookies) });
  expect([numbers.status, numbers.body.includes(TITLE)]).toEqual([200, true]);
});
