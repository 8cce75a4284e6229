import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { findHandleOfHost } from '@linkgrove/api';
import { sql } from 'kysely';
import { checkDomains } from '@linkgrove/api/jobs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDns, type TestDns } from './kit/dns.ts';
import {
  call,
  createHook,
  createTeam,
  eventually,
  markVerified,
  newHandle,
  range,
  type SignedUp,
  startReceiver,
  startTestServer,
  tally,
  type TestServer,
  times,
} from './kit/index.ts';

const TARGET = 'pages.linkgrove-test.com';
const OWN = '198.51.100.7';
const SECRET = 'a-secret-of-the-proxy-only';

let dns: TestDns;
let server: TestServer;
let ada: SignedUp;
beforeAll(async () => {
  dns = await startDns();
  server = await startTestServer({
    worker: true,
    env: {
      DNS_SERVERS: dns.address,
      DOMAIN_TARGET: TARGET,
      TLS_CHECK_SECRET: SECRET,
      PUBLIC_URL: 'http://linkgrove-test.com',
      WEBHOOK_ALLOW_NETWORKS: '127.0.0.0/8',
    },
  });
});
afterAll(async () => {
  await server.close();
  await dns.close();
});
beforeEach(async () => {
  dns.isBroken = false;
  dns.zone[TARGET] = { A: [OWN], AAAA: ['2001:db8:1::7'] };
  ada = await server.signUp();
  await markVerified(server, ada);
});

let count = 0;
const newHostname = () => `links${(count += 1)}.ada-lovelace.com`;
type Domain = { id: string; hostname: string; records: { type: string; name: string; value: string }[] };

async function createPage(who = ada, input: object = {}) {
  const handle = newHandle();
  const body = { handle, published: true, title: 'Ada', ...input };
  const { id } = (await server.as(who, 'POST', '/api/pages', body)).body;
  return { id: id as string, handle };
}
const add = (who: SignedUp, hostname: string, pageId: string) =>
  server.as(who, 'POST', '/api/domains', { hostname, pageId });
const verify = async (who: SignedUp, { id }: Domain) =>
  (await server.as(who, 'POST', `/api/domains/${id}/verify`)).body;

/** Creates the records that the API asked for. */
function configure({ records, hostname }: Domain): void {
  const proof = records.find(({ type }) => type === 'TXT');
  if (proof) dns.zone[proof.name] = { TXT: ['something else', proof.value] };
  dns.zone[hostname] = { CNAME: TARGET };
}

async function createActive(who = ada, page?: { id: string }): Promise<Domain & { page: { id: string } }> {
  const shown = page ?? (await createPage(who));
  const domain = (await add(who, newHostname(), shown.id)).body;
  configure(domain);
  expect(await verify(who, domain)).toMatchObject({ status: 'active', statusDetail: null });
  return { ...domain, page: shown };
}

/** `fetch` sets the Host header itself. */
async function visit(hostname: string, path = '/', method = 'GET', headers = {}) {
  const { port } = new URL(server.url);
  const sent = request({ port, path, method, headers: { host: hostname, ...headers } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const body = await text(response);
  const given = Object.entries(response.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return { status: response.statusCode, body, headers: new Headers(given) };
}
const checkTls = (domain: string, query = `&secret=${SECRET}`) =>
  server.get(`/internal/tls-check?domain=${domain}${query}`);

/** Moves the past of a domain back in time, and runs the scheduled job. */
async function passTimeOf({ id }: { id: string }, interval: string) {
  await sql`
    update domains set next_check_at = now(), created_at = created_at - ${interval}::interval,
      failing_since = failing_since - ${interval}::interval where id = ${id}`.execute(server.app.db);
  await checkDomains(server.app);
}
const read = (who: SignedUp, { id }: { id: string }) => server.as(who, 'GET', `/api/domains/${id}`);

describe('a custom domain', () => {
  it('is added with all DNS records at once, and active when they are there', async () => {
    const page = await createPage();
    const hostname = newHostname();
    const added = await add(ada, hostname.toUpperCase(), page.id);
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({
      hostname,
      pageId: page.id,
      workspaceId: ada.user.id,
      primary: true,
      status: 'pending',
      statusDetail: null,
      isApex: false,
      records: [
        { type: 'TXT', name: `_linkgrove.${hostname}`, purpose: 'ownership', required: true },
        { type: 'CNAME', name: hostname, value: TARGET, purpose: 'routing', required: true },
      ],
    });
    const missing = await verify(ada, added.body);
    expect(missing).toMatchObject({ status: 'pending', verifiedAt: null });
    expect(missing.statusDetail).toContain('TXT');
    dns.zone[`_linkgrove.${hostname}`] = { TXT: [added.body.records[0].value] };
    const proven = await verify(ada, added.body);
    expect(proven).toMatchObject({ status: 'pending', verifiedAt: expect.any(String) });
    expect(proven.statusDetail).toContain('no address');
    dns.zone[hostname] = { A: ['203.0.113.80'] };
    expect((await verify(ada, added.body)).statusDetail).toContain('203.0.113.80');
    dns.zone[hostname] = { A: [OWN, '203.0.113.80'] };
    expect((await verify(ada, added.body)).status).toBe('pending');
    dns.zone[hostname] = { A: [OWN] };
    expect(await verify(ada, added.body)).toMatchObject({ status: 'active', statusDetail: null });
    expect((await server.as(ada, 'GET', '/api/domains')).body.items).toMatchObject([{ hostname }]);
  });

  it('at an apex needs addresses, and its name in other scripts has an ASCII form', async () => {
    const { id } = await createPage();
    const { body } = await add(ada, 'Bücher-Ecke.de.', id);
    expect(body).toMatchObject({ hostname: 'xn--bcher-ecke-9db.de', isApex: true });
    expect(body.records[1]).toMatchObject({ type: 'ALIAS', value: TARGET, required: true });
    dns.zone[body.records[0].name] = { TXT: [body.records[0].value] };
    dns.zone[body.hostname] = { A: [OWN], AAAA: ['2001:0db8:0001::0007'] };
    expect((await verify(ada, body)).status).toBe('active');
    expect((await add(ada, 'bücher-ecke.de', id)).body.code).toBe('CONFLICT');
  });

  it('keeps its state while DNS does not answer', async () => {
    const domain = await createActive();
    const other = (await add(ada, newHostname(), domain.page.id)).body;
    dns.isBroken = true;
    expect(await verify(ada, domain)).toMatchObject({ status: 'active' });
    expect(await verify(ada, other)).toMatchObject({ status: 'pending', verifiedAt: null });
    await passTimeOf(domain, '3 days');
    expect((await read(ada, domain)).body).toMatchObject({ status: 'active' });
  });

  it('can be claimed by anyone until somebody proves that it is theirs', async () => {
    const bob = await server.signUp();
    const [mine, theirs] = [await createPage(ada), await createPage(bob)];
    const hostname = newHostname();
    const [first, second] = [
      (await add(ada, hostname, mine.id)).body,
      (await add(bob, hostname, theirs.id)).body,
    ];
    expect(first.records[0].value).not.toBe(second.records[0].value);
    configure(second);
    expect((await verify(bob, second)).status).toBe('active');
    expect((await verify(ada, first)).status).toBe('pending');
    dns.zone[`_linkgrove.${hostname}`] = { TXT: [first.records[0].value, second.records[0].value] };
    expect((await verify(ada, first)).code).toBe('DOMAIN_TAKEN');
    const carol = await server.signUp();
    const taken = await add(carol, hostname, (await createPage(carol)).id);
    expect([taken.status, taken.body.code]).toEqual([409, 'DOMAIN_TAKEN']);
  });

  it('goes to a new owner once the proof of the former one is gone from DNS', async () => {
    const bob = await server.signUp();
    const { page: _, ...former } = await createActive();
    dns.zone[`_linkgrove.${former.hostname}`] = { TXT: ['gone'] };
    await passTimeOf(former, '0 days');
    const { body: next } = await add(bob, former.hostname, (await createPage(bob)).id);
    configure(next);
    expect((await verify(bob, next)).status).toBe('active');
    expect((await read(ada, former)).status).toBe(404);
  });

  it('is warned about by mail and event after a day of wrong records, and released after two weeks', async () => {
    const receiver = await startReceiver();
    await createHook(server, ada, receiver.url, { events: ['domain.verified', 'domain.failed'] });
    const { page, ...domain } = await createActive();
    delete dns.zone[domain.hostname];
    await passTimeOf(domain, '0 hours');
    expect((await read(ada, domain)).body).toMatchObject({
      status: 'active',
      statusDetail: expect.stringContaining('no address'),
    });
    await passTimeOf(domain, '25 hours');
    expect((await read(ada, domain)).body).toMatchObject({ status: 'failed' });
    expect(await server.mailbox.waitFor(ada.email, 'domain needs attention')).toBeDefined();
    expect((await visit(domain.hostname)).body).not.toContain('Ada');
    await passTimeOf(domain, '13 days');
    expect((await read(ada, domain)).status).toBe(200);
    await passTimeOf(domain, '2 days');
    expect((await read(ada, domain)).status).toBe(404);
    expect(await server.mailbox.waitFor(ada.email, 'domain was removed')).toBeDefined();
    expect((await server.as(ada, 'GET', `/api/pages/${page.id}`)).status).toBe(200);
    await eventually(() => receiver.received.length >= 2);
    expect(receiver.received.map(({ event }) => event.type)).toEqual(['domain.verified', 'domain.failed']);
  });

  it('recovers when its records are right again', async () => {
    const { page: _, ...domain } = await createActive();
    const before = dns.zone[domain.hostname] ?? {};
    delete dns.zone[domain.hostname];
    await passTimeOf(domain, '0 hours');
    await passTimeOf(domain, '25 hours');
    dns.zone[domain.hostname] = before;
    await passTimeOf(domain, '1 hour');
    expect((await read(ada, domain)).body).toMatchObject({ status: 'active', statusDetail: null });
    expect((await visit(domain.hostname)).status).toBe(200);
  });

  it('whose claim nobody proves is deleted after a week', async () => {
    const { id } = await createPage();
    const domain = (await add(ada, newHostname(), id)).body;
    await passTimeOf(domain, '6 days');
    expect((await read(ada, domain)).status).toBe(200);
    await passTimeOf(domain, '2 days');
    expect((await read(ada, domain)).status).toBe(404);
  });

  it('follows its page to another workspace, and leaves with it', async () => {
    const team = await createTeam(server, { owner: ada });
    const { page, ...domain } = await createActive();
    await server.as(ada, 'POST', `/api/pages/${page.id}/transfer`, { workspaceId: team });
    expect((await read(ada, domain)).body).toMatchObject({ workspaceId: team, status: 'active' });
    await server.as(ada, 'DELETE', `/api/pages/${page.id}`);
    expect((await visit(domain.hostname)).status).toBe(404);
    await server.as(ada, 'POST', `/api/pages/${page.id}/restore`);
    expect((await visit(domain.hostname)).status).toBe(200);
  });

  it('is one of twenty of its workspace, and one row of thirty requests at once', async () => {
    const { id } = await createPage();
    const hostname = newHostname();
    const answers = await times(30, () => add(ada, hostname, id));
    expect(tally(answers)).toEqual({ 201: 1, '409 CONFLICT': 29 });
    for (const _ of range(19)) expect((await add(ada, newHostname(), id)).status).toBe(201);
    expect((await add(ada, newHostname(), id)).body.code).toBe('LIMIT_REACHED');
  });

  it('is proven by one of thirty workspaces whose proofs are all in DNS', async () => {
    const hostname = newHostname();
    const people = await times(30, () => server.signUp());
    const claims = await Promise.all(
      people.map(async (who) => ({
        who,
        domain: (await add(who, hostname, (await createPage(who)).id)).body,
      })),
    );
    dns.zone[`_linkgrove.${hostname}`] = { TXT: claims.map(({ domain }) => domain.records[0].value) };
    dns.zone[hostname] = { A: [OWN] };
    const answers = await Promise.all(
      claims.map(({ who, domain }) => server.as(who, 'POST', `/api/domains/${domain.id}/verify`)),
    );
    expect(tally(answers)).toEqual({ 200: 1, '409 DOMAIN_TAKEN': 29 });
  });
});

describe('the host of a custom domain', () => {
  it('shows the page at its root, with itself as the canonical address', async () => {
    const page = await createPage(ada, { bio: 'Poetical science', madeWith: true });
    const link = { type: 'link', title: 'Notes', url: 'https://example.com/notes' };
    const block = (await server.as(ada, 'POST', `/api/pages/${page.id}/blocks`, link)).body;
    const { hostname } = await createActive(ada, page);
    const root = await visit(hostname);
    expect([root.status, root.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(root.body).toContain(`<link rel="canonical" href="http://${hostname}/">`);
    expect(root.body).toContain('href="/share"');
    expect(root.body).toContain(`href="/go/${block.id}"`);
    expect(root.body).toContain(
      `href="http://linkgrove-test.com/r/${ada.user.referralCode}?page=${page.id}"`,
    );
    expect(root.headers.getSetCookie()).toEqual([]);
    expect((await visit(hostname, `/go/${block.id}`)).headers.get('location')).toBe(link.url);
    expect((await visit(hostname, '/qr.svg')).headers.get('content-type')).toBe('image/svg+xml');
    expect((await visit(hostname, '/contact.vcf')).body).toContain(`http://${hostname}/`);
    expect((await visit(hostname, '/share')).body).toContain('src="/qr.svg"');
    expect((await visit(hostname, '/robots.txt')).body).toContain('Allow: /');
    expect((await server.get(`/api/public/pages/${page.handle}`)).body).toMatchObject({
      url: `http://${hostname}/`,
      blocks: [{ href: `http://${hostname}/go/${block.id}` }],
    });
    const etag = root.headers.get('etag') ?? '';
    expect((await visit(hostname, '/', 'GET', { 'if-none-match': etag })).status).toBe(304);
  });

  it('is where the page by its handle leads while it is primary', async () => {
    const page = await createPage();
    const first = await createActive(ada, page);
    const second = await createActive(ada, page);
    const old = await server.get(`/@${page.handle}?utm_source=mail`);
    expect([old.status, old.headers.get('location')]).toEqual([
      301,
      `http://${first.hostname}/?utm_source=mail`,
    ]);
    expect((await visit(second.hostname, '/?a=b')).headers.get('location')).toBe(
      `http://${first.hostname}/?a=b`,
    );
    await server.as(ada, 'PATCH', `/api/domains/${second.id}`, { primary: true });
    expect((await server.get(`/@${page.handle}`)).headers.get('location')).toBe(`http://${second.hostname}/`);
    expect((await visit(first.hostname)).headers.get('location')).toBe(`http://${second.hostname}/`);
    expect((await visit(second.hostname, `/@${page.handle}`)).headers.get('location')).toBe(
      `http://${second.hostname}/`,
    );
    await server.as(ada, 'DELETE', `/api/domains/${second.id}`);
    expect((await server.get(`/@${page.handle}`)).status).toBe(200);
    expect((await visit(first.hostname)).headers.get('location')).toBe(
      `http://linkgrove-test.com/@${page.handle}`,
    );
    expect((await visit(second.hostname)).headers.get('location')).toBeNull();
  });

  it('answers nothing else: no sign-in, no cookies, no API, no other pages', async () => {
    const { hostname } = await createActive();
    const other = await createPage();
    for (const path of [
      '/api/me',
      '/api/login',
      '/trpc/account.me',
      '/register',
      '/login',
      '/docs',
      '/openapi.json',
      '/healthz',
      '/metrics',
      '/dev/mail',
      '/r/abc',
      '/internal/tls-check',
      '/assets/built-in.css',
      '/sitemap.xml',
      '/.well-known/jwks.json',
      '/go/x/y',
      '/%40ada',
      '//',
    ]) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const answer = await visit(hostname, path, method);
        expect([method, path, answer.status]).toEqual([
          method,
          path,
          path === '/%40ada' && method === 'GET' ? 301 : 404,
        ]);
        expect(answer.headers.getSetCookie()).toEqual([]);
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      }
    }
    expect((await visit(hostname, '/', 'POST')).status).toBe(404);
    const wrong = await visit(hostname, `/@${other.handle}`);
    expect(wrong.headers.get('location')).toBe(`http://${hostname}/`);
  });

  it('shows nothing for a page that is not published, or moved to another domain', async () => {
    const { page, ...domain } = await createActive();
    await server.as(ada, 'PATCH', `/api/pages/${page.id}`, { published: false });
    expect((await visit(domain.hostname)).status).toBe(404);
    const next = await createPage(ada, { title: 'The next one' });
    await server.as(ada, 'PATCH', `/api/domains/${domain.id}`, { pageId: next.id });
    expect((await visit(domain.hostname)).body).toContain('The next one');
    const bob = await server.signUp();
    const foreign = await server.as(ada, 'PATCH', `/api/domains/${domain.id}`, {
      pageId: (await createPage(bob)).id,
    });
    expect(foreign.status).toBe(404);
  });

  it('is looked up at most once per bucket, however many unknown hosts ask', async () => {
    const readMisses = async () =>
      Number(/cache="domains",result="miss"\} (\d+)/.exec((await server.get('/metrics')).body)?.[1]);
    const before = await readMisses();
    await times(3_000, (n) => findHandleOfHost(server.app, `flood${n}.example-flood.com`));
    expect((await readMisses()) - before).toBeLessThanOrEqual(256);
    expect((await visit('unknown.example-flood.com', '/healthz')).status).toBe(200);
  });
});

describe('the check of a proxy', () => {
  it('knows active domains only, and answers nobody without the secret', async () => {
    const { hostname, page, id } = await createActive();
    const pending = (await add(ada, newHostname(), page.id)).body.hostname;
    expect((await checkTls(hostname)).status).toBe(200);
    expect((await checkTls(`${hostname.toUpperCase()}.`)).status).toBe(200);
    const bearer = { headers: { authorization: `Bearer ${SECRET}` } };
    expect((await server.get(`/internal/tls-check?domain=${hostname}`, bearer)).status).toBe(200);
    for (const domain of [pending, 'unknown.example.org', 'localhost', '', 'linkgrove-test.com', '127.0.0.1'])
      expect([domain, (await checkTls(domain)).status]).toEqual([domain, 404]);
    for (const query of ['', '&secret=', '&secret=wrong', `&secret=${SECRET}x`, `&secret=${SECRET}&secret=x`])
      expect([query, (await checkTls(hostname, query)).status]).toEqual([query, 404]);
    await server.as(ada, 'DELETE', `/api/domains/${id}`);
    expect((await checkTls(hostname)).status).toBe(404);
  });

  it('does not exist without a secret', async () => {
    const { hostname } = await createActive();
    const { app } = server;
    const secret = app.config.tlsCheckSecret;
    expect(secret).toBe(SECRET);
    const plain = await startTestServer();
    expect((await call(plain.url, 'GET', `/internal/tls-check?domain=${hostname}&secret=`)).status).toBe(404);
    await plain.close();
  });
});
