import { fastify } from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { endpoints, isUnreservedName } from '@linkgrove/api';
import { reservedNamesPlugin } from '../../src/plugins/reserved-names.ts';
import { usePerson, useTestServer } from '../kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);
let page: string;
beforeAll(async () => {
  page = (await asAda('GET', '/api/pages')).body.items[0].id;
});

const asAda = (method: string, path: string, body?: unknown) => server.as(ada, method, path, body);
const addBlock = (body: object) => asAda('POST', `/api/pages/${page}/blocks`, body);
const refusedAt = async (body: object) => {
  const answer = await addBlock(body);
  return [answer.status, answer.body.errors?.[0].path];
};

/** Every member of a block or page that takes a URL, with its error path. */
const PLACES: [place: string, send: (url: string) => Promise<unknown>][] = [
  ['url', (url) => refusedAt({ type: 'link', url })],
  ['url', (url) => refusedAt({ type: 'image', url })],
  ['url', (url) => refusedAt({ type: 'embed', url })],
  ['url', (url) => refusedAt({ type: 'social', url })],
  ['url', (url) => refusedAt({ type: 'email', url })],
  ['url', (url) => refusedAt({ type: 'phone', url })],
  ['thumbnailUrl', (url) => refusedAt({ type: 'heading', title: 'x', thumbnailUrl: url })],
  ['data.link', (url) => refusedAt({ type: 'image', url: 'https://example.com/a.png', data: { link: url } })],
  [
    'data.profiles.0.url',
    (url) => refusedAt({ type: 'social', data: { profiles: [{ platform: 'website', url }] } }),
  ],
  [
    'avatarUrl',
    async (url) => {
      const { status, body } = await asAda('PATCH', `/api/pages/${page}`, { avatarUrl: url });
      return [status, body.errors?.[0].path];
    },
  ],
];

describe('U1 only http and https URLs are stored, and mailto and tel where they belong', () => {
  it.each([
    'javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'javascript://example.com/%0aalert(1)',
    'java\tscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'data:image/svg+xml,<svg onload=alert(1)>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://example.com/x',
    'ftp://example.com',
    'intent://x#Intent;scheme=http;end',
    'view-source:https://example.com',
    'about:blank',
    '//example.com',
    '/path',
    'https:example.com',
  ])('refusing %j', async (url) => {
    for (const [place, send] of PLACES) expect(await send(url)).toEqual([400, place]);
  });

  it('refusing email and phone addresses as links, and links as email or phone', async () => {
    for (const url of ['mailto:a@example.com', 'tel:+123456'])
      expect(await refusedAt({ type: 'link', url })).toEqual([400, 'url']);
    for (const type of ['email', 'phone'])
      expect(await refusedAt({ type, url: 'https://example.com' })).toEqual([400, 'url']);
    const broken = 'mailto:a@example.com?subject=x%0d%0aBcc:b@example.com';
    expect(await refusedAt({ type: 'email', url: broken })).toEqual([400, 'url']);
  });
});

describe('U2 no URL can imitate another', () => {
  it.each([
    'https://paypal.com@example.com/',
    'https://user:secret@example.com/',
    'https://@example.com/',
    'https:\\\\example.com\\@paypal.com',
    'https:/\\example.com',
    'https:///example.com',
    'https://exa\u00admple.com/',
    'https://exa\u200bmple.com/',
    'https://\u202emoc.elpmaxe/',
    'https://example.com/\u202egpj.exe',
    'https://example\u3002com/',
    'https://ｅxample.com/',
    'https://example.com\uff0f.evil.example/',
    'https://%65xample.com/',
    'https://p\u0430ypal.com/',
    'https://\u0430\u0440\u0440\u04cf\u0435.com/',
    'https://xn--80ak6aa92e.com/',
    'https://xn--a.com/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://017700000001/',
    'https://example.com:99999/',
    'https://exam ple.com/',
    'https://example.com/a b',
  ])('such as %j', async (url) => {
    for (const [place, send] of PLACES) expect(await send(url)).toEqual([400, place]);
  });

  it('but names in a single alphabet are accepted', async () => {
    for (const url of [
      'https://bücher.example/',
      'https://президент.рф/',
      'https://例え.jp/',
      'https://[::1]:8080/x',
    ])
      expect((await addBlock({ type: 'link', url })).status).toBe(201);
  });
});

it('U4 no member of a theme accepts free text', async () => {
  const evil = [
    'red;}body{display:none',
    'url(https://example.com)',
    'expression(1)',
    '</style><script>',
    '#fff /*',
  ];
  const members = ['preset', 'font', 'colorScheme', 'buttonShape', 'buttonStyle', 'background', 'colors'];
  for (const value of evil) {
    for (const member of members) {
      const { status, body } = await asAda('PATCH', `/api/pages/${page}`, { theme: { [member]: value } });
      expect([status, body.errors[0].path]).toEqual([400, `theme.${member}`]);
    }
    for (const member of ['text', 'accent', 'button', 'buttonText']) {
      const { status } = await asAda('PATCH', `/api/pages/${page}`, {
        theme: { colors: { [member]: value } },
      });
      expect(status).toBe(400);
    }
    const gradient = { type: 'gradient', from: value, to: '#000000', angle: 0 };
    expect((await asAda('PATCH', `/api/pages/${page}`, { theme: { background: gradient } })).status).toBe(
      400,
    );
  }
  for (const member of ['css', 'style', 'script'])
    expect((await asAda('PATCH', `/api/pages/${page}`, { theme: { [member]: '*{}' } })).status).toBe(400);
});

it('U5 an image is a URL on the web, never inline content', async () => {
  for (const url of ['data:image/svg+xml;base64,PHN2Zy8+', 'data:image/png;base64,AAAA', 'blob:x', '<svg>']) {
    expect((await asAda('PATCH', `/api/pages/${page}`, { avatarUrl: url })).status).toBe(400);
    expect(await refusedAt({ type: 'image', url })).toEqual([400, 'url']);
  }
});

it('Z3 blocks of one page cannot move to another', async () => {
  const other = (await asAda('POST', '/api/pages', { handle: 'z3-other' })).body.id;
  const here = (await addBlock({ type: 'heading', title: 'here' })).body.id;
  const there = (await asAda('POST', `/api/pages/${other}/blocks`, { type: 'heading', title: 'there' })).body
    .id;
  expect((await asAda('POST', `/api/blocks/${here}/move`, { after: there })).status).toBe(400);
  expect((await asAda('PUT', `/api/pages/${other}/blocks/order`, { ids: [there, here] })).status).toBe(400);
  expect((await asAda('PUT', `/api/pages/${other}/blocks/order`, { ids: [here] })).status).toBe(400);
  expect((await asAda('PATCH', `/api/blocks/${here}`, { pageId: other })).body.errors[0].path).toBe('pageId');
  expect((await asAda('GET', `/api/blocks/${here}`)).body.pageId).toBe(page);
  expect((await asAda('GET', `/api/pages/${other}/blocks`)).body.items).toMatchObject([{ id: there }]);
});

describe('R7 a name that is a path of the server', () => {
  it('is available to nobody', async () => {
    const firsts = endpoints.map(({ rest }) => rest.path.split('/')[1] ?? '');
    for (const first of firsts) expect(isUnreservedName(first)).toBe(false);
    expect(isUnreservedName('ada')).toBe(true);
    const { body } = await asAda('POST', '/api/pages', { handle: 'Readyz' });
    expect(body.errors).toMatchObject([{ path: 'handle', code: 'reserved' }]);
  });

  it('stops the start if someone adds such a route', async () => {
    const own = fastify();
    await own.register(reservedNamesPlugin);
    for (const path of ['/', '/api/x', '/@:handle', '/:any', '/go/:id', '/healthz'])
      own.get(path, async () => 'ok');
    expect(() => own.get('/pricing-and-plans/x', async () => 'ok')).toThrow('must be reserved');
    await own.close();
  });

  it('is a reserved row in the table of handles', async () => {
    const rows = await server.app.db
      .selectFrom('handles')
      .select('handle')
      .where('state', '=', 'reserved')
      .execute();
    expect(rows.length).toBeGreaterThan(100);
    // Names shorter than three letters are never available.
    for (const { handle } of rows) expect([handle, isUnreservedName(handle)]).toEqual([handle, false]);
    for (const name of ['admin', 'api', 'login', 'robots.txt', 'readyz'])
      expect(rows.map((row) => row.handle)).toContain(name);
  });
});
