import type { KyselyPlugin } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  eventually,
  nowInSeconds,
  PASSWORD,
  type SignedUp,
  signUpAdmin,
  startInstance,
  startTestServer,
  useTestServer,
} from './kit/index.ts';

const PUBLIC_URL = 'https://links.example';
const PAGE_ENV = { PUBLIC_URL, APP_URL: 'https://app.example', CORS_ORIGINS: 'https://app.example' };

const server = useTestServer({ env: PAGE_ENV });

type Owner = SignedUp & { page: string };
/** A new user with a published page. */
async function newOwner(change: object = {}): Promise<Owner> {
  const who = await server.signUp();
  const page = (await server.as(who, 'GET', '/api/pages')).body.items[0].id as string;
  await server.as(who, 'PATCH', `/api/pages/${page}`, { published: true, ...change });
  return { ...who, page };
}
async function addBlock(who: Owner, block: object): Promise<string> {
  const { status, body } = await server.as(who, 'POST', `/api/pages/${who.page}/blocks`, block);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body.id as string;
}
const addLink = (who: Owner, more: object = {}) =>
  addBlock(who, { type: 'link', title: 'Site', url: 'https://example.com/a', ...more });
const readJson = async ({ username }: SignedUp) => (await server.get(`/api/public/pages/${username}`)).body;
const readHtml = async ({ username }: SignedUp): Promise<string> => (await server.get(`/@${username}`)).body;
const shownTitles = async (who: Owner): Promise<string[]> =>
  (await readJson(who)).blocks.map(({ title }: { title: string }) => title);

const PAST = '2020-01-01T00:00:00Z';
const FUTURE = '2100-01-01T00:00:00Z';

/** Counts the SQL statements that the app sends during `run`. */
async function countQueries(run: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const counter: KyselyPlugin = {
    transformQuery: ({ node }) => {
      count += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const { db } = server.app;
  server.app.db = db.withPlugin(counter);
  await run();
  server.app.db = db;
  return count;
}

describe('a published page', () => {
  it('is complete HTML without a script', async () => {
    const ada = await newOwner({ title: 'Ada Lovelace', bio: 'Poet of numbers' });
    const id = await addLink(ada, { data: { description: 'My site' } });
    const { status, body, headers } = await server.get(`/@${ada.username}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body).toContain('<h1 dir="auto">Ada Lovelace</h1>');
    expect(body).toContain('Poet of numbers');
    expect(body).toContain(`href="/go/${id}"`);
    expect(body).toContain('My site');
    expect(body).not.toMatch(
      /<script(?! type="application\/ld\+json")|<link rel="stylesheet"| style=| on\w+=/,
    );
  });

  it('is JSON with the same content', async () => {
    const ada = await newOwner({ title: 'Ada', theme: { preset: 'paper' } });
    const id = await addLink(ada);
    expect(await readJson(ada)).toEqual({
      handle: ada.username,
      url: `${PUBLIC_URL}/@${ada.username}`,
      title: 'Ada',
      verified: false,
      bio: null,
      avatarUrl: null,
      avatar: null,
      cover: null,
      backdrop: null,
      madeWith: null,
      language: 'en',
      direction: 'ltr',
      theme: expect.objectContaining({ preset: 'paper' }),
      seo: { title: null, description: null, noindex: false, kind: null },
      blocks: [
        {
          id,
          type: 'link',
          title: 'Site',
          url: 'https://example.com/a',
          href: `${PUBLIC_URL}/go/${id}`,
          gate: null,
          pinned: false,
          suspicious: false,
          thumbnailUrl: null,
          thumbnail: null,
          layout: null,
          parentId: null,
          data: { description: null },
        },
      ],
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
  });

  it('is the same over tRPC', async () => {
    const ada = await newOwner();
    await addLink(ada);
    await addBlock(ada, { type: 'text', data: { text: '**bold**' } });
    const input = encodeURIComponent(JSON.stringify({ handle: ada.username }));
    const { body } = await server.get(`/trpc/publicPages.get?input=${input}`);
    expect(body.result.data).toEqual(await readJson(ada));
  });

  it('costs two statements when it is not cached, one of them for the hosts of its links, and none when it is, in all its forms', async () => {
    const ada = await newOwner();
    await addLink(ada);
    const cold = () => {
      server.app.cache('public-pages').invalidate(ada.username);
      const qr = () => server.get(`/@${ada.username}/qr.svg`);
      return countQueries(() => Promise.all([readHtml(ada), readJson(ada), readHtml(ada), qr()]));
    };
    // A late notification of the edit may invalidate the cache once more, and the views above may be written meanwhile.
    await expect.poll(cold).toBe(2);
  });

  it('has tags for search engines and link previews', async () => {
    const ada = await newOwner({
      title: 'Ada',
      avatarUrl: 'https://img.example/ada.jpg',
      seo: { title: 'Ada, analyst', description: 'Engines & numbers' },
    });
    await addBlock(ada, {
      type: 'social',
      data: { profiles: [{ platform: 'mastodon', url: 'https://social.example/@ada' }] },
    });
    const body = await readHtml(ada);
    const url = `${PUBLIC_URL}/@${ada.username}`;
    expect(body).toContain('<title>Ada, analyst</title>');
    expect(body).toContain(`<link rel="canonical" href="${url}">`);
    expect(body).toContain('<meta name="description" content="Engines &#38; numbers">');
    for (const [property, content] of [
      ['og:type', 'profile'],
      ['og:title', 'Ada, analyst'],
      ['og:url', url],
    ])
      expect(body).toContain(`<meta property="${property}" content="${content}">`);
    expect(body).toContain('<link rel="me" href="https://social.example/@ada">');
    expect(body).not.toContain('noindex');
    const data = JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/.exec(body)?.[1] ?? '');
    expect(data).toMatchObject({
      '@type': 'ProfilePage',
      mainEntity: { '@type': 'Person', name: 'Ada', sameAs: ['https://social.example/@ada'] },
    });
  });

  it('asks not to be indexed if its owner wants that', async () => {
    const ada = await newOwner({ seo: { noindex: true } });
    expect(await readHtml(ada)).toContain('<meta name="robots" content="noindex">');
  });

  it('may load only its own style and the images and players on it', async () => {
    const ada = await newOwner();
    const policy = async () =>
      (await server.get(`/@${ada.username}`)).headers.get('content-security-policy') ?? '';
    expect(await policy()).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    await addBlock(ada, { type: 'embed', url: 'https://vimeo.com/76979871' });
    await addLink(ada, { thumbnailUrl: 'https://img.example/t.png' });
    expect(await policy()).toContain('img-src data: https:; frame-src https://player.vimeo.com;');
    expect(await readHtml(ada)).toMatch(
      /<iframe [^>]*src="https:\/\/player\.vimeo\.com\/video\/76979871[^>]*loading="lazy" sandbox="/,
    );
  });

  it('weighs less than 15 kB with eight blocks in a grid', async () => {
    const ada = await newOwner({ title: 'Ada Lovelace', bio: 'b'.repeat(256) });
    const place = (y: number) => ({ desktop: [0, y, 2, 2], mobile: [0, y, 2, 1] });
    for (let n = 0; n < 5; n++)
      await addLink(ada, { title: `A link with a title ${n}`, layout: place(n * 2) });
    await addBlock(ada, { type: 'embed', url: 'https://youtu.be/dQw4w9WgXcQ', layout: place(12) });
    await addBlock(ada, { type: 'text', data: { text: 'Some *words* about me. '.repeat(10) } });
    await addBlock(ada, {
      type: 'social',
      data: {
        profiles: ['instagram', 'youtube', 'github', 'mastodon', 'linkedin'].map((platform) => ({
          platform,
          url: `https://${platform}.com/ada`,
        })),
      },
    });
    expect(Buffer.byteLength(await readHtml(ada))).toBeLessThan(15_000);
  });
});

describe('the look of a page', () => {
  it('loads the chosen font from this server, and no other one', async () => {
    const ada = await newOwner({ theme: { font: 'lora' } });
    const { body, headers } = await server.get(`/@${ada.username}`);
    expect(headers.get('content-security-policy')).toContain("font-src 'self';");
    const [url = '', ...others] = new Set<string>(body.match(/\/assets\/fonts\/[\w.-]+/g));
    expect([url, ...others]).toEqual([
      expect.stringMatching(/^\/assets\/fonts\/lora\.latin\.\w{10}\.woff2$/),
    ]);
    await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, { bio: 'Łódź' });
    expect(await readHtml(ada)).toMatch(/\/assets\/fonts\/lora\.latin-ext\.\w{10}\.woff2/);
    expect(body).toContain(`<link rel="preload" href="${url}" as="font" type="font/woff2" crossorigin>`);
    expect(body).toContain('font-display:swap');
    const font = await fetch(server.url + url);
    expect([font.status, font.headers.get('content-type'), font.headers.get('cache-control')]).toEqual([
      200,
      'font/woff2',
      'public, max-age=31536000, immutable',
    ]);
    const content = Buffer.from(await font.arrayBuffer());
    expect(content.subarray(0, 4).toString()).toBe('wOF2');
    for (const name of ['lora.latin.0000000000.woff2', 'lora.x.woff2', 'x.latin.woff2', '..%2f..%2fx'])
      expect((await server.get(`/assets/fonts/${name}`)).status).toBe(404);
  });

  it('needs no font, and no rule for one, unless its owner or preset chose one', async () => {
    const ada = await newOwner();
    expect(await readHtml(ada)).not.toMatch(/@font-face|woff2/);
    await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, { theme: { preset: 'editorial' } });
    expect(await readHtml(ada)).toContain('fraunces.latin.');
    await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, { theme: { font: 'system' } });
    expect(await readHtml(ada)).not.toMatch(/@font-face|woff2/);
  });

  it('has the layout of the header, the avatar and the buttons that its owner chose', async () => {
    const ada = await newOwner({ theme: { headerLayout: 'banner', avatarShape: 'none', entrance: 'rise' } });
    await addLink(ada);
    const html = await readHtml(ada);
    expect(html).toContain('<div class="banner">');
    expect(html).not.toContain('class="face"');
    expect(html).toMatch(/@media screen and \(prefers-reduced-motion:no-preference\)\{[^@]*animation:enter/);
    const avatarUrl = 'https://img.example/ada.jpg';
    const change = { avatarUrl, theme: { headerLayout: 'hero', buttonStyle: 'hard-shadow' } };
    await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, change);
    expect(await readHtml(ada)).toMatch(
      /<div class="hero"><img src="https:\/\/img\.example\/ada\.jpg" alt="">/,
    );
  });
});

describe('a page in another language', () => {
  const texts = { title: 'שלום עולם!', bio: 'مرحبا (بكم)\nHello' };

  it('is laid out in the direction of its language, and its own words are in that language', async () => {
    const ada = await newOwner({ ...texts, language: 'HE' });
    await addBlock(ada, { type: 'text', title: 'על', data: { text: 'אחד\n\n- שתיים' } });
    await addLink(ada, { title: 'קישור (חדש)', gate: '18+' });
    const body = await readHtml(ada);
    expect(body).toContain('<html lang="he" dir="rtl">');
    expect(body).toContain('<h1 dir="auto">שלום עולם!</h1>');
    expect(body).toContain('<p class="bio" dir="auto">مرحبا (بكم)\nHello</p>');
    expect(body).toContain(`<p class="name"><bdi>@${ada.username}</bdi></p>`);
    expect(body).toContain('<h2 dir="auto">על</h2><p dir="auto">אחד</p>\n<ul dir="auto">');
    expect(body).toContain('<bdi>קישור (חדש)</bdi><small dir="auto">מגיל 18 ומעלה בלבד</small>');
    for (const words of ['שיתוף', 'קוד QR', 'שמירת איש קשר']) expect(body).toContain(`</svg>${words}</a>`);
    expect(await readJson(ada)).toMatchObject({ language: 'he', direction: 'rtl' });
  });

  it('asks at a gate in the language of the page', async () => {
    const ada = await newOwner({ language: 'de-AT' });
    const { body } = await server.get(`/go/${await addLink(ada, { gate: '18+' })}`);
    expect(body).toContain('<html lang="de" dir="ltr">');
    expect(body).toContain('Bist du mindestens 18 Jahre alt?');
  });

  it('has English words, marked as such, if there is no translation', async () => {
    const ada = await newOwner({ language: 'fa' });
    const body = await readHtml(ada);
    expect(body).toContain('<html lang="fa" dir="rtl">');
    expect(body).toContain('<footer lang="en" dir="ltr">');
    const traditional = await newOwner({ language: 'zh-hant-tw' });
    expect(await readHtml(traditional)).toMatch(/<html lang="zh-Hant-TW" dir="ltr">.*Save contact/s);
  });

  it('shows notices in the language of the visitor', async () => {
    const { body } = await server.get('/go/x', { headers: { 'accept-language': 'ar-EG,en;q=0.5' } });
    expect(body).toContain('<html lang="ar" dir="rtl">');
  });
});

describe('the share page', () => {
  it('needs no script: it has the address, the QR code and links to apps', async () => {
    const ada = await newOwner({ title: 'Ada & Co' });
    expect(await readHtml(ada)).toContain(`href="/@${ada.username}/share"`);
    const { status, body, headers } = await server.get(`/@${ada.username}/share`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body).toContain(`>${PUBLIC_URL}/@${ada.username}</p>`);
    expect(body).toContain(`<img class="code" src="/@${ada.username}/qr.svg"`);
    const url = encodeURIComponent(`${PUBLIC_URL}/@${ada.username}`);
    expect(body).toContain(`href="https://wa.me/?text=Ada%20%26%20Co%20${url}"`);
    expect(body).not.toContain('<script');
    expect(headers.get('content-security-policy')).toContain("img-src data: 'self';");
  });
});

describe('the address of a handle that nobody has', () => {
  it('offers the name to the visitor', async () => {
    const { status, body } = await server.get('/@free-name', { headers: { 'accept-language': 'en' } });
    expect(status).toBe(404);
    expect(body).toContain('@free-name is available');
    expect(body).toContain('href="https://app.example/register?username=free-name"');
  });

  it('does not offer names that are reserved, invalid or of a draft', async () => {
    const draft = await newOwner({ published: false });
    for (const handle of ['admin', 'a', draft.username])
      expect((await server.get(`/@${handle}`)).body).not.toMatch(/is available|register/);
  });
});

describe('hidden content', () => {
  it('appears in neither form when a block is disabled, not yet due, over, or in the trash', async () => {
    const ada = await newOwner();
    await addLink(ada, { title: 'Live', startsAt: PAST, endsAt: FUTURE });
    await addLink(ada, { title: 'Off', enabled: false });
    await addLink(ada, { title: 'Early', startsAt: FUTURE });
    await addLink(ada, { title: 'Late', endsAt: PAST });
    await server.as(ada, 'DELETE', `/api/blocks/${await addLink(ada, { title: 'Trashed' })}`);
    expect(await shownTitles(ada)).toEqual(['Live']);
    for (const title of ['Off', 'Early', 'Late', 'Trashed'])
      expect(await readHtml(ada)).not.toContain(`>${title}<`);
  });

  it('appears and disappears by schedule without an edit', async () => {
    const ada = await newOwner();
    const soon = (ms: number) => new Date(Date.now() + ms).toISOString();
    await addLink(ada, { title: 'Coming', startsAt: soon(3_000) });
    await addLink(ada, { title: 'Going', endsAt: soon(3_000) });
    expect(await shownTitles(ada)).toEqual(['Going']);
    await eventually(async () => (await shownTitles(ada)).join() === 'Coming');
    expect(await readHtml(ada)).toContain('Coming');
  });

  it.each(['link', 'image', 'email', 'embed', 'text', 'social'])(
    'of a gated %s is reduced to its title and gate',
    async (type) => {
      const ada = await newOwner();
      const blocks: Record<string, object> = {
        link: { url: 'https://secret.example/x', data: { description: 'secret words' } },
        image: { url: 'https://secret.example/x.png', data: { alt: 'secret words' } },
        email: { url: 'mailto:secret@secret.example' },
        embed: { url: 'https://vimeo.com/76979871' },
        text: { data: { text: 'secret words' } },
        social: { data: { profiles: [{ platform: 'website', url: 'https://secret.example/x' }] } },
      };
      const id = await addBlock(ada, { type, title: 'Hidden', gate: '18+', ...blocks[type] });
      const { blocks: found } = await readJson(ada);
      expect(found).toEqual([
        {
          id,
          type,
          title: 'Hidden',
          gate: '18+',
          url: null,
          href: `${PUBLIC_URL}/go/${id}`,
          data: null,
          thumbnailUrl: null,
          thumbnail: null,
          pinned: false,
          suspicious: false,
          layout: null,
          parentId: null,
        },
      ]);
      expect(await readHtml(ada)).toContain(`href="/go/${id}"`);
      expect(await readHtml(ada)).not.toMatch(/secret|76979871/);
    },
  );

  it('includes a page that is a draft, in the trash, or of a suspended or deleted user', async () => {
    const acts: ((who: Owner) => Promise<unknown>)[] = [
      (who) => server.as(who, 'PATCH', `/api/pages/${who.page}`, { published: false }),
      (who) => server.as(who, 'DELETE', `/api/pages/${who.page}`),
      async (who) => {
        const admin = await signUpAdmin(server);
        return server.suspendUser(admin, who);
      },
      (who) => server.as(who, 'DELETE', '/api/me', { password: PASSWORD }),
    ];
    for (const act of acts) {
      const who = await newOwner();
      const id = await addLink(who);
      const paths = [
        `/@${who.username}`,
        `/api/public/pages/${who.username}`,
        `/@${who.username}/contact.vcf`,
      ];
      for (const path of paths) expect((await server.get(path)).status).toBe(200);
      expect((await server.get(`/go/${id}`)).status).toBe(302);
      expect((await act(who)) as Answer).toMatchObject({
        status: expect.toSatisfy((status) => status < 300),
      });
      for (const path of [...paths, `/go/${id}`])
        expect([path, (await server.get(path)).status]).toEqual([path, 404]);
    }
  });

  it('includes an unsafe address that got into the database by other means', async () => {
    const ada = await newOwner({ avatarUrl: 'https://img.example/a.png' });
    const id = await addLink(ada, { title: 'Bad' });
    await server.app.db
      .updateTable('blocks')
      .set({ url: 'javascript:alert(1)' })
      .where('id', '=', id)
      .execute();
    await server.app.db
      .updateTable('pages')
      .set({ avatar_url: 'javascript:alert(1)' })
      .where('id', '=', ada.page)
      .execute();
    server.app.cache('public-pages').invalidate(ada.username);
    expect(await readJson(ada)).toMatchObject({ avatarUrl: null, blocks: [] });
    expect(await readHtml(ada)).not.toContain('javascript:');
    expect((await server.get(`/go/${id}`)).status).toBe(404);
  });
});

describe('the address of a page', () => {
  it('in another case redirects to the owner’s spelling', async () => {
    const ada = await newOwner();
    const upper = ada.username.toUpperCase();
    for (const [path, to] of [
      [`/@${upper}`, `/@${ada.username}`],
      [`/@${upper}?utm_source=x`, `/@${ada.username}?utm_source=x`],
      [`/@${upper}/qr.svg`, `/@${ada.username}/qr.svg`],
      [`/@${ada.username}/`, `/@${ada.username}`],
    ] as const) {
      const { status, headers } = await server.get(path);
      expect([path, status, headers.get('location')]).toEqual([path, 301, to]);
    }
    for (const path of [`/api/public/pages/${upper}`, `/%40${ada.username}`])
      expect((await server.get(path)).status).toBe(200);
  });

  it('from before a rename redirects to the new one until the hold ends', async () => {
    const ada = await newOwner();
    const handle = `${ada.username}-new`;
    await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, { handle });
    for (const suffix of ['', '/qr.png', '/contact.vcf'])
      expect((await server.get(`/@${ada.username}${suffix}`)).headers.get('location')).toBe(
        `/@${handle}${suffix}`,
      );
    const old = await server.get(`/api/public/pages/${ada.username}`);
    expect([old.status, old.headers.get('location')]).toEqual([301, `/api/public/pages/${handle}`]);
    expect((await server.get(`/@${handle}`)).status).toBe(200);
    await server.app.db
      .updateTable('handles')
      .set({ until: new Date() })
      .where('handle', '=', ada.username)
      .execute();
    server.app.cache('public-pages').invalidate(ada.username);
    expect((await server.get(`/@${ada.username}`)).status).toBe(404);
  });

  it('that does not exist gets a 404 page', async () => {
    const { status, headers, body } = await server.get('/@nobody-at-all');
    expect([status, headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toContain('Page not found');
    expect((await server.get('/api/public/pages/nobody-at-all')).body).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    });
  });

  it('refuses unknown query members in JSON', async () => {
    const ada = await newOwner();
    const { status, body } = await server.get(`/api/public/pages/${ada.username}?x=1`);
    expect([status, body.code, body.errors[0].path]).toEqual([400, 'VALIDATION_FAILED', 'x']);
  });

  it.each([
    '/@%00',
    '/@a/b',
    '/@..',
    `/@${'a'.repeat(900)}`,
    '/@%zz',
    '/@<script>',
    '/@__proto__',
    '/@constructor',
  ])('%s breaks nothing', async (path) => {
    expect((await server.get(path)).status).toBeOneOf([400, 404]);
  });
});

describe('HTTP caches', () => {
  it.each(['/@', '/api/public/pages/'])('get 304 from %s for a known ETag', async (base) => {
    const ada = await newOwner();
    const path = `${base}${ada.username}`;
    const { headers } = await server.get(path);
    const etag = headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    expect(headers.get('cache-control')).toBe('public, max-age=1, stale-while-revalidate=1');
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await server.get(path, { headers: { 'if-none-match': known } });
      expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await server.get(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, { title: 'Changed' });
    const changed = await server.get(path, { headers: { 'if-none-match': etag } });
    expect([changed.status, changed.headers.get('etag') === etag]).toEqual([200, false]);
  });

  it('see the same ETag for the same content, however often it is read from the database', async () => {
    const ada = await newOwner();
    const tags = async () => (await server.get(`/@${ada.username}`)).headers.get('etag');
    const before = await tags();
    server.app.cache('public-pages').invalidate(ada.username);
    expect(await tags()).toBe(before);
  });

  it('get the same headers by HEAD as by GET', async () => {
    const ada = await newOwner();
    for (const path of [
      `/@${ada.username}`,
      `/api/public/pages/${ada.username}`,
      `/@${ada.username}/qr.svg`,
      '/@nobody-at-all',
    ]) {
      const [head, whole] = [await server.call('HEAD', path), await server.get(path)];
      expect([path, head.status, head.body]).toEqual([path, whole.status, '']);
      for (const name of ['etag', 'content-type', 'content-length', 'cache-control'])
        expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
    }
  });

  it('of other origins may read the JSON, and only our own may send credentials', async () => {
    const ada = await newOwner();
    const path = `/api/public/pages/${ada.username}`;
    const allowed = async (origin: string) => {
      const { headers } = await server.get(path, { headers: { origin } });
      return [headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')];
    };
    expect(await allowed('https://app.example')).toEqual(['https://app.example', 'true']);
    expect(await allowed('https://other.example')).toEqual(['*', null]);
    expect((await server.get(path)).headers.get('vary')).toBe('Origin');
    const missing = await server.get('/api/public/pages/nobody-at-all', {
      headers: { origin: 'https://other.example' },
    });
    expect(missing.headers.get('access-control-allow-origin')).toBe('*');
  });
});

it('an edit is visible at once on the same instance, and within a second on another', async () => {
  const other = await startInstance(server.databaseUrl, PAGE_ENV);
  const ada = await newOwner({ title: 'Before' });
  const there = async (): Promise<string> => (await other.get(`/@${ada.username}`)).body;
  expect(await there()).toContain('Before');
  await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, { title: 'After' });
  expect(await readHtml(ada)).toContain('<h1 dir="auto">After</h1>');
  await eventually(async () => (await there()).includes('<h1 dir="auto">After</h1>'));
  await other.close();
});

describe('the files of a page', () => {
  it('include a QR code of its address as SVG and PNG', async () => {
    const ada = await newOwner();
    const svg = await server.get(`/@${ada.username}/qr.svg`);
    expect([svg.status, svg.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
    expect(svg.body).toMatch(/^<svg [^]*<\/svg>$/);
    expect(svg.body).not.toContain('<script');
    const png = await fetch(`${server.url}/@${ada.username}/qr.png`);
    expect(png.headers.get('content-type')).toBe('image/png');
    expect(
      Buffer.from(await png.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect(svg.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  });

  it('include a valid vCard, whatever the page contains', async () => {
    const ada = await newOwner({ title: 'Ada; Lovelace, née Byron', bio: 'Line one\nEND:VCARD' });
    await addBlock(ada, { type: 'email', title: 'Mail', url: 'mailto:ada@example.com' });
    await addBlock(ada, { type: 'phone', title: 'Call', url: 'tel:+441234567' });
    await addBlock(ada, {
      type: 'email',
      title: 'Gated',
      url: 'mailto:secret@example.com',
      gate: 'sensitive',
    });
    const { body, headers } = await server.get(`/@${ada.username}/contact.vcf`);
    expect(headers.get('content-type')).toBe('text/vcard; charset=utf-8');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${ada.username}.vcf"`);
    const lines = String(body)
      .replaceAll(/\r\n[ \t]/g, '')
      .trim()
      .split('\r\n');
    expect([lines[0], lines.at(-1)]).toEqual(['BEGIN:VCARD', 'END:VCARD']);
    expect(lines.filter((line) => line === 'END:VCARD')).toHaveLength(1);
    expect(lines.join('\n')).toMatch(/^FN[^:]*:Ada\\; Lovelace\\, née Byron$/m);
    expect(lines.join('\n')).toMatch(/^EMAIL[^:]*:ada@example\.com$/m);
    expect(lines.join('\n')).toMatch(/^TEL[^:]*:\+441234567$/m);
    expect(lines.join('\n')).toContain(`:${PUBLIC_URL}/@${ada.username}`);
    expect(body).not.toContain('secret');
  });

  it('lists each web profile once', async () => {
    const ada = await newOwner();
    const profile = (platform: string, url: string) => ({ platform, url });
    const profiles = [
      profile('github', 'https://github.com/ada'),
      profile('website', 'https://ada.example/'),
    ];
    await addBlock(ada, { type: 'social', data: { profiles } });
    await addBlock(ada, {
      type: 'social',
      url: 'https://ada.example/',
      data: { profiles: profiles.slice(0, 1) },
    });
    const card = String((await server.get(`/@${ada.username}/contact.vcf`)).body).replaceAll(
      /\r\n[ \t]/g,
      '',
    );
    for (const { url } of profiles) expect([url, card.split(url).length - 1]).toEqual([url, 1]);
  });
});

describe('/go', () => {
  it('redirects a visitor and is not cached', async () => {
    const ada = await newOwner();
    const { status, headers } = await server.get(`/go/${await addLink(ada)}`);
    expect([status, headers.get('location')]).toEqual([302, 'https://example.com/a']);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('strict-origin');
  });

  it('checks the schedule and the switch, even when a page of a moment ago still shows the link', async () => {
    const ada = await newOwner();
    for (const change of [{ enabled: false }, { startsAt: FUTURE }, { endsAt: PAST }]) {
      const id = await addLink(ada);
      expect((await server.get(`/go/${id}`)).status).toBe(302);
      await server.as(ada, 'PATCH', `/api/blocks/${id}`, change);
      expect((await server.get(`/go/${id}`)).status).toBe(404);
    }
    const id = await addLink(ada);
    await server.as(ada, 'DELETE', `/api/blocks/${id}`);
    expect((await server.get(`/go/${id}`)).status).toBe(404);
  });

  it('selects a profile of a social block by its index', async () => {
    const ada = await newOwner();
    const profiles = ['x', 'github'].map((platform) => ({
      platform,
      url: `https://${platform}.com/ada`,
    }));
    const id = await addBlock(ada, { type: 'social', url: 'https://ada.example/', data: { profiles } });
    const to = async (query: string) => (await server.get(`/go/${id}${query}`)).headers.get('location');
    expect(await to('?to=0')).toBe('https://x.com/ada');
    expect(await to('?to=1')).toBe('https://github.com/ada');
    expect(await to('?to=2')).toBe('https://ada.example/');
    for (const query of ['?to=3', '?to=-1', '?to=x', '?to=999'])
      expect((await server.get(`/go/${id}${query}`)).status).toBe(404);
    expect(await readHtml(ada)).toContain(`href="/go/${id}?to=1" rel="me noopener" aria-label="GitHub"`);
  });

  it('redirects to email and phone links', async () => {
    const ada = await newOwner();
    const mail = await addBlock(ada, { type: 'email', title: 'Mail', url: 'mailto:ada@example.com' });
    expect((await server.get(`/go/${mail}`)).headers.get('location')).toBe('mailto:ada@example.com');
    expect(await readHtml(ada)).toContain('href="mailto:ada@example.com"');
  });

  it.each(['/go/x', '/go/01900000-0000-7000-8000-000000000000', '/go/%00', '/go/..%2f'])(
    'answers %s with a 404 page',
    async (path) => {
      const { status, headers, body } = await server.get(path);
      expect([status, headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      expect(body).toContain('This link no longer works');
    },
  );

  const confirmed = async (id: string) => {
    const { body } = await server.get(`/go/${id}`);
    const [, href = ''] = /class="button" href="(\?confirm=[^"]+)"/.exec(body) ?? [];
    return href;
  };

  it('asks first when a block is gated, and redirects after a yes', async () => {
    const ada = await newOwner();
    const id = await addLink(ada, { title: 'Cellar', gate: '21+' });
    const asked = await server.get(`/go/${id}`);
    expect([asked.status, asked.headers.get('location')]).toEqual([200, null]);
    expect(asked.headers.get('cache-control')).toBe('no-store');
    expect(asked.body).toContain('Are you 21 or older?');
    expect(asked.body).not.toMatch(/example\.com\/a|<script|<form/);
    expect((await server.get(`/go/${id}${await confirmed(id)}`)).headers.get('location')).toBe(
      'https://example.com/a',
    );
  });

  it('refuses a confirmation that is forged, expired, or for another block', async () => {
    const ada = await newOwner();
    const [one, other] = [
      await addLink(ada, { gate: 'sensitive' }),
      await addLink(ada, { gate: 'sensitive' }),
    ];
    const good = await confirmed(one);
    const signed = (seconds: number) =>
      `?confirm=${server.app.gateSigner.sign(`${one}.${nowInSeconds() + seconds}`)}`;
    expect((await server.get(`/go/${one}${signed(5)}`)).status).toBe(302);
    for (const query of ['?confirm=x', '?confirm=', `${good}x`, signed(-1), await confirmed(other)])
      expect([query, (await server.get(`/go/${one}${query}`)).status]).toEqual([query, 200]);
    const preview = server.app.previewSigner.sign(`${one}.${nowInSeconds() + 60}`);
    expect((await server.get(`/go/${one}?confirm=${preview}`)).status).toBe(200);
  });

  it('shows gated content without a target on a page of its own', async () => {
    const ada = await newOwner();
    const id = await addBlock(ada, {
      type: 'text',
      title: 'Note',
      data: { text: 'The **secret** words' },
      gate: '18+',
    });
    expect((await server.get(`/go/${id}`)).body).not.toContain('secret');
    expect((await server.get(`/go/${id}${await confirmed(id)}`)).body).toContain(
      'The <strong>secret</strong> words',
    );
    const picture = await addBlock(ada, { type: 'image', url: 'https://img.example/x.png', gate: '18+' });
    const shown = await server.get(`/go/${picture}${await confirmed(picture)}`);
    expect(shown.body).toContain('src="https://img.example/x.png"');
    expect(shown.headers.get('content-security-policy')).toContain('img-src data: https:;');
  });
});

describe('a preview', () => {
  const draft = async (change: object = {}) => newOwner({ published: false, title: 'Draft', ...change });
  const linkOf = async (who: Owner): Promise<string> => {
    const { body } = await server.as(who, 'POST', `/api/pages/${who.page}/preview-link`);
    return String(body.url).slice(PUBLIC_URL.length);
  };

  it('shows a draft to anyone with its link, and is neither cached nor indexed', async () => {
    const ada = await draft();
    const id = await addLink(ada);
    expect((await server.get(`/@${ada.username}`)).status).toBe(404);
    const { status, body, headers } = await server.get(await linkOf(ada));
    expect(status).toBe(200);
    expect(body).toContain('<h1 dir="auto">Draft</h1>');
    expect(body).toContain('href="https://example.com/a"');
    expect(body).not.toContain(id);
    expect(body).toContain('<meta name="robots" content="noindex">');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-robots-tag')).toBe('noindex');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'self' https://app.example");
    expect(headers.get('x-frame-options')).toBeNull();
    expect((await server.get(`/@${ada.username}`)).status).toBe(404);
  });

  it('needs a valid, recent token', async () => {
    const ada = await draft();
    const bob = await draft({ title: 'Bob' });
    const own = server.app.previewSigner.sign(`${ada.page}.${nowInSeconds() - 1}`);
    const gate = server.app.gateSigner.sign(`${ada.page}.${nowInSeconds() + 60}`);
    for (const token of ['x', '', own, gate])
      expect((await server.get(`/@${ada.username}?preview=${encodeURIComponent(token)}`)).status).toBe(404);
    // A token shows its own page, whatever handle the URL has.
    const path = (await linkOf(ada)).replace(ada.username, bob.username);
    expect((await server.get(path)).body).toContain('<h1 dir="auto">Draft</h1>');
    await server.as(ada, 'DELETE', `/api/pages/${ada.page}`);
    expect((await server.get(path)).status).toBe(404);
  });
});

describe('for search engines', () => {
  it('the sitemap lists published pages that may be indexed', async () => {
    const [ada, bob, draft] = [
      await newOwner(),
      await newOwner({ seo: { noindex: true } }),
      await newOwner({ published: false }),
    ];
    const { body, headers } = await server.get('/sitemap.xml');
    expect(headers.get('content-type')).toBe('application/xml; charset=utf-8');
    expect(body).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<urlset /);
    expect(body).toContain(`<loc>${PUBLIC_URL}/@${ada.username}</loc><lastmod>`);
    for (const { username } of [bob, draft]) expect(body).not.toContain(`/@${username}<`);
    expect((await server.get('/sitemap.xml?after=')).body).toContain(`/@${ada.username}<`);
    expect((await server.get(`/sitemap.xml?after=${draft.page}`)).body).not.toContain(`/@${ada.username}<`);
    expect((await server.get('/sitemap.xml?after=x')).status).toBe(404);
  });

  it('robots.txt names the sitemap and excludes redirects', async () => {
    const { body, headers } = await server.get('/robots.txt');
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(body).toContain(`Sitemap: ${PUBLIC_URL}/sitemap.xml`);
    expect(body).toContain('Disallow: /go/');
  });
});

it('requests for pages are rate-limited by address', async () => {
  const small = await startTestServer({ env: { RATE_LIMIT_GLOBAL: '5/1m' } });
  const statuses: number[] = [];
  for (let n = 0; n < 6; n++) statuses.push((await small.call('GET', '/@nobody-at-all')).status);
  expect(statuses).toEqual([404, 404, 404, 404, 404, 429]);
  const refused = await small.call('GET', '/api/public/pages/nobody-at-all');
  expect([refused.status, refused.body.code]).toEqual([429, 'RATE_LIMITED']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  await small.close();
});

it('text blocks allow limited Markdown and nothing else', async () => {
  const ada = await newOwner();
  await addBlock(ada, {
    type: 'text',
    data: {
      text: '# h\n**b** *i* ~~s~~ `c` [l](https://example.com) ![p](https://x.example/p.png)\n<b onclick=x>h</b> [j](javascript:alert(1))\n\n- one\n- two',
    },
  });
  const { data } = (await readJson(ada)).blocks[0];
  const tags = [...data.html.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, name = '']) => name.toLowerCase());
  expect(new Set(tags)).toEqual(new Set(['h3', 'p', 'br', 'strong', 'em', 's', 'code', 'a', 'ul', 'li']));
  expect(data.html).toContain('<a href="https://example.com" rel="nofollow ugc noopener">');
  expect(data.html).not.toMatch(/href="javascript|<b |<img/);
  expect(await readHtml(ada)).toContain(data.html);
});
