import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTeam,
  type Instance,
  newHandle,
  type SignedUp,
  signUpVerified,
  startInstance,
  useAdmin,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();
const admin = useAdmin(server);
let other: Instance;
let ada: SignedUp;
beforeAll(async () => {
  other = await startInstance(server.databaseUrl);
  ada = await signUpVerified(server);
});
afterAll(() => other.close());

const HOSTS = '/api/admin/blocked-hosts';
let hosts = 0;
/** A host that no other test uses. */
const newHost = () => `site-${(hosts += 1)}.example.com`;
const block = (host: string, level = 'blocked') => server.as(admin, 'POST', HOSTS, { host, level });
const unblock = (host: string) => server.as(admin, 'DELETE', `${HOSTS}/${encodeURIComponent(host)}`);
const createPage = async (input: object = {}) =>
  (await server.as(ada, 'POST', '/api/pages', { handle: newHandle('host'), published: true, ...input })).body;
const addBlock = async (pageId: string, given: object) =>
  (await server.as(ada, 'POST', `/api/pages/${pageId}/blocks`, given)).body;
const link = (url: string, more: object = {}) => ({ type: 'link', title: 'Link', url, ...more });

describe('the list of hosts', () => {
  it('keeps their ASCII form once, and is for administrators', async () => {
    const added = await block('  BÜCHER.example.com. ', 'suspicious');
    expect([added.status, added.body]).toMatchObject([
      201,
      { host: 'xn--bcher-kva.example.com', level: 'suspicious', reason: null },
    ]);
    const again = { host: 'bücher.example.com', reason: 'Imitates a shop' };
    const { body } = await server.as(admin, 'POST', HOSTS, again);
    expect(body).toMatchObject({ id: added.body.id, level: 'blocked', reason: 'Imitates a shop' });
    expect((await server.as(admin, 'GET', `${HOSTS}?level=blocked`)).body.items).toMatchObject([
      { host: 'xn--bcher-kva.example.com' },
    ]);
    expect((await server.as(ada, 'POST', HOSTS, again)).body.code).toBe('FORBIDDEN');
    expect((await unblock('bücher.example.com')).status).toBe(204);
    expect((await unblock('bücher.example.com')).status).toBe(404);
  });

  it.each([
    '',
    'com',
    'localhost',
    'https://a.com',
    'a.com/x',
    'a.com:8080',
    '*.a.com',
    'a b.com',
    'x@a.com',
  ])('refuses %j', async (host) => {
    const { status, body } = await block(host);
    expect([status, body.errors[0].path]).toEqual([400, 'host']);
  });
});

describe('a blocked host', () => {
  const host = newHost();
  const url = `https://shop.${host}/x`;
  beforeAll(() => block(host));

  it.each([
    ['link', link(url)],
    ['a thumbnail', link('https://example.org', { thumbnailUrl: url })],
    ['image', { type: 'image', url, data: { alt: 'x' } }],
    ['the link of an image', { type: 'image', url: 'https://example.org', data: { alt: 'x', link: url } }],
    ['text', { type: 'text', data: { text: `Look [here](${url})` } }],
    ['faq', { type: 'faq', data: { items: [{ question: 'Where?', answer: `At ${url}.` }] } }],
    ['social', { type: 'social', data: { profiles: [{ platform: 'website', url }] } }],
    ['email', { type: 'email', url: `ada@mail.${host}` }],
    ['product', { type: 'product', title: 'x', url, data: { price: 1, currency: 'EUR' } }],
    ['music', { type: 'music', title: 'x', data: { services: [{ service: 'other', url }] } }],
    [
      'event',
      { type: 'event', title: 'x', url, data: { beginsAt: '2030-01-01T10:00:00Z', timezone: 'UTC' } },
    ],
    ['support', { type: 'support', url }],
    [
      'the amounts of support',
      {
        type: 'support',
        url: 'https://example.org',
        data: { amounts: [5], amountUrl: `https://{amount}.${host}/` },
      },
    ],
    ['its own spelling in another case', link(`https://${host.toUpperCase()}`)],
    ['its own spelling with a dot', link(`https://${host}./`)],
  ])('is refused in %s', async (_where, given) => {
    const { id } = await createPage();
    expect(await addBlock(id, given)).toMatchObject({ status: 422, code: 'HOST_BLOCKED' });
    await server.as(ada, 'DELETE', `/api/pages/${id}`);
  });

  it('is refused in every other place where a link enters', async () => {
    const shady = newHost();
    const bad = `https://${shady}/`;
    const { id, handle } = await createPage({ avatarUrl: bad });
    const { id: blockId } = await addBlock(id, link(bad));
    const trashed = await addBlock(id, link(bad));
    const { publishedVersion } = (await server.as(ada, 'POST', `/api/pages/${id}/publish`)).body;
    const template = (await server.as(ada, 'POST', '/api/templates', { pageId: id, name: 'x' })).body;
    const exported = (await server.as(ada, 'GET', `/api/pages/${id}/export`)).body;
    await server.as(ada, 'DELETE', `/api/blocks/${trashed.id}`);
    await server.as(ada, 'PATCH', `/api/blocks/${blockId}`, { url: 'https://example.org' });
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { avatarUrl: null });
    await block(shady);

    const refused = [
      ['PATCH', `/api/blocks/${blockId}`, { url: bad }],
      ['POST', `/api/blocks/${trashed.id}/restore`, {}],
      ['POST', `/api/pages/${id}/blocks/edit`, { operations: [{ op: 'create', ...link(bad) }] }],
      ['POST', `/api/pages/${id}/versions/${publishedVersion.id}/restore`, {}],
      ['POST', `/api/templates/${template.id}/pages`, { handle: newHandle('host') }],
      ['POST', '/api/pages', { handle: newHandle('host'), avatarUrl: bad }],
      ['PATCH', `/api/pages/${id}`, { avatarUrl: bad }],
      ['POST', '/api/campaigns', { name: 'x', terms: {}, landingUrl: bad }],
      ['POST', '/api/domains', { hostname: `links.${shady}`, pageId: id }],
    ] as const;
    for (const [method, path, body] of refused) {
      const answer = await server.as(ada, method, path, body);
      expect([path, answer.status, answer.body.code]).toEqual([path, 422, 'HOST_BLOCKED']);
    }
    const content = JSON.stringify(exported);
    const imported = await server.as(ada, 'POST', '/api/page-imports', {
      handle: newHandle('host'),
      content,
    });
    expect(imported.body.skipped).toHaveLength(3);
    expect(imported.body.page).toMatchObject({ avatarUrl: null, blockCount: 0 });
    expect((await server.get(`/api/public/pages/${handle}`)).body.blocks).toHaveLength(1);
  });

  it('is left out of pages and followed by nobody from the moment on, on every instance', async () => {
    const shady = newHost();
    const bad = `https://www.${shady}/x`;
    const scrim = { scrim: 'dark', strength: 60 };
    const theme = { background: { type: 'picture', url: bad, ...scrim }, cover: { url: bad } };
    const { id, handle } = await createPage({ avatarUrl: bad, theme });
    const first = await addBlock(id, link(bad));
    const music = await addBlock(id, {
      type: 'music',
      title: 'Song',
      data: {
        services: [
          { service: 'spotify', url: 'https://spotify.com' },
          { service: 'other', url: bad },
        ],
      },
    });
    await addBlock(id, link('https://example.org'));
    const shown = async () => {
      const { body } = await other.get(`/api/public/pages/${handle}`);
      return [body.blocks.length, body.avatarUrl];
    };
    expect(await shown()).toEqual([3, bad]);
    expect((await other.get(`/go/${music.id}?to=1`)).headers.get('location')).toBe(bad);
    await block(shady);
    for (const path of [`/go/${first.id}`, `/go/${music.id}?to=0`, `/go/${music.id}?to=1`])
      expect((await other.get(path)).status).toBe(404);
    await expect.poll(shown).toEqual([1, null]);
    for (const path of [`/@${handle}`, `/@${handle}/contact.vcf`, `/api/public/pages/${handle}`])
      expect(JSON.stringify((await other.get(path)).body)).not.toContain(shady);
    await unblock(shady);
    await expect.poll(shown).toEqual([3, bad]);
    expect((await other.get(`/go/${first.id}`)).headers.get('location')).toBe(bad);
  });

  it('is not reached by the referral link of a campaign', async () => {
    const shady = newHost();
    const team = await createTeam(server, { owner: ada });
    const campaign = { workspaceId: team, name: 'x', terms: {}, landingUrl: `https://${shady}/` };
    const { id } = (await server.as(ada, 'POST', '/api/campaigns', campaign)).body;
    await server.as(ada, 'POST', `/api/campaigns/${id}/start`);
    const path = `/api/campaigns/${id}/referrers`;
    const { code } = (await server.as(ada, 'POST', path, { externalId: 'bob' })).body;
    expect((await server.get(`/r/${code}`)).headers.get('location')).toContain(shady);
    await block(shady);
    expect((await server.get(`/r/${code}`)).status).toBe(404);
  });
});

describe('a suspicious host', () => {
  const host = newHost();
  const url = `https://${host}/a?b=c`;
  beforeAll(() => block(host, 'suspicious'));

  it('can be linked to, and visitors are asked before they go there, without a script', async () => {
    const { id, handle } = await createPage();
    const { id: blockId } = await addBlock(id, link(url));
    const page = await server.get(`/@${handle}`);
    expect(page.body).toContain(`href="/go/${blockId}" rel="nofollow ugc noopener"`);
    expect((await server.get(`/api/public/pages/${handle}`)).body.blocks).toMatchObject([
      { suspicious: true },
    ]);
    const asked = await server.get(`/go/${blockId}`);
    expect([asked.status, asked.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(asked.body).toContain(`leads to ${host},`);
    expect(asked.body).not.toContain('<script');
    const [, href = ''] = /href="(\?[^"]*)" rel="nofollow ugc noopener"/.exec(asked.body) ?? [];
    const followed = await server.get(`/go/${blockId}${href}`);
    expect([followed.status, followed.headers.get('location')]).toEqual([302, url]);
  });

  it('is no profile that search engines believe, and no link of a text', async () => {
    const { id, handle } = await createPage();
    await addBlock(id, { type: 'social', data: { profiles: [{ platform: 'website', url }] } });
    await addBlock(id, { type: 'email', url: `ada@${host}` });
    const price = { price: 1, currency: 'EUR' };
    await addBlock(id, { type: 'product', title: 'Mug', url, data: price });
    await addBlock(id, { type: 'text', data: { text: `[one](${url}) and [two](https://example.org/)` } });
    const { body } = await server.get(`/@${handle}`);
    expect(body).not.toContain('rel="me');
    expect(body).not.toContain(`href="${url}"`);
    expect(body).toContain('<p dir="auto">one and <a href="https://example.org/"');
    expect(/ld\+json">(.*?)<\/script>/s.exec(body)?.[1]).not.toContain(host);
    expect((await server.get(`/@${handle}/contact.vcf`)).body).not.toContain(host);
  });

  it('is asked about at the referral link of a campaign', async () => {
    const team = await createTeam(server, { owner: ada });
    const campaign = { workspaceId: team, name: 'x', terms: {}, landingUrl: url };
    const { id } = (await server.as(ada, 'POST', '/api/campaigns', campaign)).body;
    await server.as(ada, 'POST', `/api/campaigns/${id}/start`);
    const path = `/api/campaigns/${id}/referrers`;
    const { code } = (await server.as(ada, 'POST', path, { externalId: 'bob' })).body;
    const asked = await server.get(`/r/${code}?utm_source=x`);
    expect([asked.status, asked.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(asked.body).toContain(`leads to ${host},`);
    expect(asked.body).toContain(`href="${url}&#38;utm_source=x" rel="nofollow ugc noopener"`);
  });

  it('is asked about behind a gate too', async () => {
    const { id } = await createPage();
    const profiles = [{ platform: 'website', url }];
    const { id: blockId } = await addBlock(id, { type: 'social', gate: 'sensitive', data: { profiles } });
    const gate = await server.get(`/go/${blockId}`);
    const decode = (text: string) => text.replaceAll('&#38;', '&');
    const [, confirm = ''] = /href="(\?confirm=[^"]*)"/.exec(gate.body) ?? [];
    const content = await server.get(`/go/${blockId}${confirm}`);
    const [, go = ''] = /href="[^"]*(\/go\/[^"]*)"/.exec(content.body) ?? [];
    const asked = await server.get(decode(go));
    expect(asked.body).toContain(`leads to ${host},`);
    const [, href = ''] = /href="(\?[^"]*)" rel="nofollow ugc noopener"/.exec(asked.body) ?? [];
    const followed = await server.get(`/go/${blockId}${decode(href)}`);
    expect(followed.headers.get('location')).toBe(url);
  });
});

describe('the verified badge', () => {
  it('is on the page for everybody, and its owners learn of it', async () => {
    const { id, handle } = await createPage();
    expect((await server.get(`/@${handle}`)).body).not.toContain('Verified');
    const answer = await server.as(admin, 'POST', `/api/admin/pages/${id}/verify`);
    expect([answer.status, answer.body.verified]).toEqual([200, true]);
    expect((await server.get(`/@${handle}`)).body).toContain('role="img" aria-label="Verified"');
    expect((await server.get(`/api/public/pages/${handle}`)).body.verified).toBe(true);
    const events = (await server.as(ada, 'GET', '/api/me/security-events')).body.items;
    expect(events[0]).toMatchObject({ type: 'page_verified', byAdmin: true });
    expect(
      (await server.as(ada, 'PATCH', `/api/pages/${id}`, { title: 'Other', handle })).body.verified,
    ).toBe(true);
    await server.as(admin, 'POST', `/api/admin/pages/${id}/unverify`);
    expect((await server.as(ada, 'GET', `/api/pages/${id}`)).body.verified).toBe(false);
  });

  it('is lost with the handle, with a move to another workspace, and is not copied', async () => {
    const team = await createTeam(server, { owner: ada });
    const { id, handle } = await createPage({ workspaceId: team });
    const verify = () => server.as(admin, 'POST', `/api/admin/pages/${id}/verify`);
    const page = `/api/pages/${id}`;
    await verify();
    const copy = { handle: newHandle('host') };
    expect((await server.as(ada, 'POST', `${page}/duplicate`, copy)).body.verified).toBe(false);
    expect((await server.as(ada, 'PATCH', page, { handle: newHandle('host') })).body.verified).toBe(false);
    expect((await server.as(ada, 'PATCH', page, { handle })).body.verified).toBe(false);
    await verify();
    await server.as(ada, 'DELETE', page);
    expect((await server.as(ada, 'POST', `${page}/restore`)).body.verified).toBe(true);
    await server.as(ada, 'DELETE', page);
    const elsewhere = { handle: newHandle('host') };
    expect((await server.as(ada, 'POST', `${page}/restore`, elsewhere)).body.verified).toBe(false);
    await verify();
    const there = { workspaceId: ada.user.id };
    expect((await server.as(ada, 'POST', `${page}/transfer`, there)).body.verified).toBe(false);
  });
});
