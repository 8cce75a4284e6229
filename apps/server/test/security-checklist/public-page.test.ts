import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, usePerson, useTestServer } from '../kit/index.ts';

const server = useTestServer({ env: { PUBLIC_URL: 'https://links.example' } });
const ada = usePerson(server);
let id: string;
let etag: string;
beforeAll(async () => {
  const page = `/api/pages/${(await asAda('GET', '/api/pages')).body.items[0].id}`;
  await asAda('PATCH', page, { published: true });
  const blocks = [
    { type: 'link', title: 'Site', url: 'https://example.com/' },
    { type: 'text', data: { text: '[words](https://example.com) and <https://example.org>' } },
    { type: 'image', url: 'https://img.example/a.png', data: { link: 'https://example.com/' } },
    { type: 'embed', url: 'https://vimeo.com/76979871' },
    { type: 'social', data: { profiles: [{ platform: 'x', url: 'https://x.com/ada' }] } },
    { type: 'link', title: 'Gated', url: 'https://example.com/', gate: 'sensitive' },
  ];
  for (const block of blocks) await asAda('POST', `${page}/blocks`, block);
  id = (await server.get(`/api/public/pages/${ada.username}`)).body.blocks.at(-1).id;
  etag = (await server.get(`/@${ada.username}`)).headers.get('etag') ?? '';
});

const asAda = (method: string, path: string, body?: unknown) => server.as(ada, method, path, body);

describe('U6 links of users', () => {
  it('are marked as user content, or as profiles, and give no access to the opener', async () => {
    const { body } = await server.get(`/@${ada.username}`);
    const links = [...String(body).matchAll(/<a [^>]*href="(?!\/@)[^>]*>/g)].map(([tag]) => tag);
    expect(links).toHaveLength(7);
    for (const tag of links) expect(tag).toMatch(/ rel="(nofollow ugc noopener|me noopener)"/);
  });

  it('go through our own redirect, which checks them again', async () => {
    const { body } = await server.get(`/@${ada.username}`);
    expect(body).not.toMatch(/<a [^>]*href="https:\/\/(example\.com\/"|x\.example)/);
    expect(body).toContain(`href="/go/${id}"`);
  });
});

describe('H7 every answer of a public page', () => {
  const kinds: [name: string, status: number, ask: () => Promise<Answer>][] = [
    ['the page', 200, () => server.get(`/@${ada.username}`)],
    ['its JSON', 200, () => server.get(`/api/public/pages/${ada.username}`)],
    ['what is known', 304, () => server.get(`/@${ada.username}`, { headers: { 'if-none-match': etag } })],
    ['another spelling', 301, () => server.get(`/@${ada.username.toUpperCase()}`)],
    ['the QR code', 200, () => server.get(`/@${ada.username}/qr.svg`)],
    ['the share page', 200, () => server.get(`/@${ada.username}/share`)],
    ['the contact', 200, () => server.get(`/@${ada.username}/contact.vcf`)],
    ['no page', 404, () => server.get('/@nobody-at-all')],
    ['no JSON', 404, () => server.get('/api/public/pages/nobody-at-all')],
    ['a gate', 200, () => server.get(`/go/${id}`)],
    ['a link that is gone', 404, () => server.get('/go/x')],
    ['the sitemap', 200, () => server.get('/sitemap.xml')],
  ];

  it.each(kinds)('has its security headers: %s', async (_name, status, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    const { headers } = answer;
    for (const [name, value] of [
      ['x-content-type-options', 'nosniff'],
      ['x-frame-options', 'DENY'],
      ['cross-origin-opener-policy', 'same-origin'],
      ['strict-transport-security', 'max-age=31536000; includeSubDomains'],
    ] as const)
      expect([name, headers.get(name)]).toEqual([name, value]);
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{1,64}$/);
    expect(headers.get('referrer-policy')).toBeTruthy();
    expect(headers.get('set-cookie')).toBeNull();
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).not.toMatch(/unsafe|script-src|\*/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("form-action 'none'");
  });

  it('runs no script, and frames only the players on the page', async () => {
    const { body, headers } = await server.get(`/@${ada.username}`);
    expect(body).not.toMatch(/<script(?! type="application\/ld\+json")|\son\w+=|\sstyle=|javascript:/);
    expect(headers.get('content-security-policy')).toContain('frame-src https://player.vimeo.com;');
    expect(String(body).match(/<iframe [^>]*>/g)).toEqual([expect.stringContaining(' sandbox="')]);
  });

  it('is never cached if it concerns one visitor', async () => {
    for (const path of [`/go/${id}`, '/go/x', `/@${ada.username}?preview=x`])
      expect([path, (await server.get(path)).headers.get('cache-control')]).toEqual([path, 'no-store']);
  });
});
