import { beforeAll, expect, it } from 'vitest';
import {
  BEHIND_PROXY,
  clientFrom,
  crowd,
  newHandle,
  type SignedUp,
  signUpVerified,
  tally,
  times,
  useAdmin,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer({ worker: true, env: BEHIND_PROXY });
const admin = useAdmin(server);
let ada: SignedUp;
beforeAll(async () => {
  ada = await signUpVerified(server);
});

const createPage = async () =>
  (await server.as(ada, 'POST', '/api/pages', { handle: newHandle('a22'), published: true })).body;
const addLink = async (pageId: string, url: string) =>
  (await server.as(ada, 'POST', `/api/pages/${pageId}/blocks`, { type: 'link', title: 'x', url })).body;
const block = (host: string, level: string) =>
  server.as(admin, 'POST', '/api/admin/blocked-hosts', { host, level });
const SCRIPT = '"><img src=x onerror=alert(1)>';

it('A13.29 what reporters, owners and administrators write is data: no markup on pages, no header in mails', async () => {
  const { id, handle } = await createPage();
  const report = { handle, reason: 'other', details: `${SCRIPT}\r\nBcc: all@example.com` };
  expect((await server.post('/api/public/reports', report)).status).toBe(202);
  const listed = await server.as(admin, 'GET', `/api/admin/reports?pageId=${id}`);
  expect(listed.headers.get('content-type')).toContain('application/json');
  expect(listed.body.items[0].details).toBe(`${SCRIPT}\nBcc: all@example.com`);
  for (const email of ['a@example.com\r\nBcc: b@example.com', 'a@example.com,b@example.com'])
    expect((await server.post('/api/public/reports', { ...report, email })).status).toBe(400);
  const form = new URLSearchParams({ reason: SCRIPT, details: SCRIPT, email: SCRIPT });
  const answer = await server.call('POST', `/@${handle}/report`, {
    body: form.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect([answer.status, answer.body.includes('<img')]).toEqual([422, false]);

  const note = `${SCRIPT}\nBcc: all@example.com\n\nMore`;
  await server.as(admin, 'POST', `/api/admin/pages/${id}/take-down`, { reason: 'other', note });
  const mail = await server.mailbox.waitFor(ada.email, 'taken down');
  expect([mail.recipients, mail.subject]).toEqual([[ada.email], 'Your page was taken down']);
  expect(mail.html).not.toContain('<img');
  expect((await server.get(`/@${handle}`)).body).not.toContain('onerror');
});

it('A13.29 a flood of reports fills no table, whoever sends it', async () => {
  const { id, handle } = await createPage();
  const send = (address: string) =>
    server.post('/api/public/reports', { handle, reason: 'spam' }, { headers: clientFrom(address) });
  const flood = await times(30, () => send('10.20.0.1'));
  expect(tally(flood)).toEqual({ 202: 10, '429 RATE_LIMITED': 20 });
  // Addresses of one household or data centre.
  const network = await times(30, (n) => send(`2001:db8:1:2::${n + 1}`));
  expect(tally(network)).toEqual({ 202: 10, '429 RATE_LIMITED': 20 });
  const many = await crowd(120, 8, (n) => send(`10.21.${n}.1`));
  expect(tally(many)).toEqual({ 202: 120 });
  const { page } = (await server.as(admin, 'GET', `/api/admin/reports?pageId=${id}`)).body.items[0];
  expect(page.openReports).toBeGreaterThanOrEqual(100);
  expect(page.openReports).toBeLessThan(108);
});

it.each([
  ['EXAMPLE-A.org', 'https://example-a.org/'],
  ['example-b.org', 'https://EXAMPLE-B.ORG./x'],
  ['bücher-c.example.org', 'https://xn--bcher-c-n2a.example.org/'],
  ['xn--bcher-d-n2a.example.org', 'https://bücher-d.example.org/'],
  ['ｅxample-e.org', 'https://example-e.org/'],
  ['example-f.org', 'https://deep.er.example-f.org:8443/x?y#z'],
  ['203.0.113.7', 'http://203.0.113.7/'],
  ['[2001:db8::1]', 'http://[2001:DB8:0::1]/'],
])('A13.29 no spelling of a host slips past the list: %s and %s', async (host, url) => {
  const { id } = await createPage();
  expect((await block(host, 'blocked')).status).toBe(201);
  expect((await addLink(id, url)).code).toBe('HOST_BLOCKED');
  await server.as(ada, 'DELETE', `/api/pages/${id}`);
});

it('A13.29 the host of another site that only contains the name is not blocked', async () => {
  const { id } = await createPage();
  await block('example-g.org', 'blocked');
  for (const url of ['https://notexample-g.org/', 'https://example-g.org.example.com/?u=example-g.org'])
    expect((await addLink(id, url)).type).toBe('link');
});

it('A13.29 a warning leads to the link of its block and nowhere else', async () => {
  const { id } = await createPage();
  const url = 'https://example-h.org/one';
  const link = await addLink(id, url);
  await block('example-h.org', 'suspicious');
  const path = `/go/${link.id}`;
  const readLeave = async () => {
    const { body } = await server.get(path);
    return /leave=([^"&]+)"/.exec(body)?.[1] ?? '';
  };
  const leave = await readLeave();
  const statusOf = async (query: string) => (await server.get(`${path}?${query}`)).status;
  for (const query of [
    'leave=',
    'leave=https://evil.example/',
    `leave=${leave.slice(0, -2)}aa`,
    `leave=${leave}&leave=x`,
    'url=https://evil.example/',
    'to=https://evil.example/',
  ])
    expect((await server.get(`${path}?${query}`)).headers.get('location')).toBeNull();
  expect(await statusOf(`leave=${leave}`)).toBe(302);
  const other = await addLink(id, 'https://example-h.org/two');
  expect((await server.get(`/go/${other.id}?leave=${leave}`)).status).toBe(200);
  await server.as(ada, 'PATCH', `/api/blocks/${link.id}`, { url: 'https://example-h.org/three' });
  expect(await statusOf(`leave=${leave}`)).toBe(200);
});
