import { beforeEach, describe, expect, it } from 'vitest';
import { BEHIND_PROXY, BROWSER, clientFrom, newHandle, type SignedUp, useTestServer } from './kit/index.ts';

const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

const server = useTestServer({
  env: { ...BEHIND_PROXY, COUNTRY_HEADER: 'CF-IPCountry', METRICS: 'true' },
});
let ada: SignedUp;
beforeEach(async () => {
  ada = await server.signUp();
});

const send = async (method: string, path: string, body?: unknown) => {
  const answer = await server.as(ada, method, path, body);
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  return answer.body;
};

type Made = { id: string; handle: string; add: (title: string, more?: object) => Promise<string> };
async function createPage(input: object = {}): Promise<Made> {
  const handle = newHandle('targets');
  const { id } = await send('POST', '/api/pages', { handle, published: true, ...input });
  const add = async (title: string, more: object = {}) => {
    const block = { type: 'link', title, url: `https://example.com/${encodeURIComponent(title)}`, ...more };
    return (await send('POST', `/api/pages/${id}/blocks`, block)).id as string;
  };
  return { id, handle, add };
}

type Traits = { country?: string; language?: string; device?: 'phone'; address?: string };
const as = ({ country, language, device, address = '203.0.113.7' }: Traits = {}) => ({
  headers: {
    ...clientFrom(address),
    'user-agent': device === 'phone' ? PHONE : BROWSER,
    ...(country && { 'cf-ipcountry': country }),
    ...(language && { 'accept-language': language }),
  },
});
const readTitles = async ({ handle }: Made, traits: Traits = {}): Promise<string[]> => {
  const html: string = (await server.get(`/@${handle}`, as(traits))).body;
  const json = (await server.get(`/api/public/pages/${handle}`, as(traits))).body;
  const titles = json.blocks.map(({ title }: { title: string }) => title);
  const links = [...html.matchAll(/href="\/go\//g)];
  expect(links).toHaveLength(titles.length);
  return titles;
};

describe('a targeted block', () => {
  it('is on the page, in its JSON and behind its link for those it is meant for only', async () => {
    const page = await createPage();
    await page.add('everyone');
    const austria = await page.add('austria', { targeting: { countries: { include: ['at'] } } });
    await page.add('elsewhere', { targeting: { countries: { exclude: ['AT'] } } });
    await page.add('phones', { targeting: { devices: { include: ['phone'] } } });
    expect(await readTitles(page)).toEqual(['everyone', 'elsewhere']);
    expect(await readTitles(page, { country: 'AT' })).toEqual(['everyone', 'austria']);
    expect(await readTitles(page, { country: 'DE', device: 'phone' })).toEqual([
      'everyone',
      'elsewhere',
      'phones',
    ]);
    const go = (traits: Traits) => server.get(`/go/${austria}`, as(traits));
    expect((await go({ country: 'AT' })).headers.get('location')).toBe('https://example.com/austria');
    expect([(await go({ country: 'DE' })).status, (await go({})).status]).toEqual([404, 404]);
    const click = async (traits: Traits) =>
      (await server.post(`/api/public/blocks/${austria}/click`, {}, as(traits))).status;
    expect([await click({ country: 'AT' }), await click({ country: 'DE' })]).toEqual([202, 404]);
  });

  it('takes an unknown country for none', async () => {
    const page = await createPage();
    await page.add('austria', { targeting: { countries: { include: ['AT'] } } });
    expect(await readTitles(page, { country: 'XX' })).toEqual([]);
    expect(await readTitles(page, { country: 'at' })).toEqual(['austria']);
  });

  it('is chosen by the best match of the languages that the page names', async () => {
    const page = await createPage({ language: 'en' });
    const german = await page.add('german', { targeting: { languages: { include: ['de'] } } });
    await page.add('english', { targeting: { languages: { include: ['en'] } } });
    await page.add('not german', { targeting: { languages: { exclude: ['de'] } } });
    expect(await readTitles(page, { language: 'de-CH,de;q=0.9,en;q=0.8' })).toEqual(['german']);
    expect(await readTitles(page, { language: 'nl,en;q=0.8,de;q=0.5' })).toEqual(['english', 'not german']);
    expect(await readTitles(page, { language: 'fr' })).toEqual(['english', 'not german']);
    expect(await readTitles(page)).toEqual(['english', 'not german']);
    const go = async (language: string) => (await server.get(`/go/${german}`, as({ language }))).status;
    // English is the better match, although German is accepted.
    expect([await go('de'), await go('en,de;q=0.5')]).toEqual([302, 404]);
  });

  it('hides the blocks of its group too', async () => {
    const page = await createPage();
    const targeting = { countries: { include: ['AT'] } };
    const group = await page.add('group', { type: 'group', url: null, targeting });
    const child = await page.add('child', { parentId: group });
    const titles = async (country: string) =>
      (await server.get(`/api/public/pages/${page.handle}`, as({ country }))).body.blocks.length;
    expect([await titles('AT'), await titles('DE')]).toEqual([2, 0]);
    const go = async (country: string) => (await server.get(`/go/${child}`, as({ country }))).status;
    expect([await go('AT'), await go('DE')]).toEqual([302, 404]);
  });

  it('is told to search engines only if everyone sees it, and as everyone sees it', async () => {
    const page = await createPage();
    const product = { type: 'product', data: { price: 100, currency: 'EUR' } };
    const add = (title: string, more: object = {}) => page.add(title, { ...product, ...more });
    await add('Mug');
    await add('Austrian mug', { targeting: { countries: { include: ['AT'] } } });
    await add('Foreign mug', { targeting: { countries: { exclude: ['AT'] } } });
    await add('Cup', { titleTest: { title: 'Goblet', share: 99 } });
    const read = async (traits: Traits) => {
      const html: string = (await server.get(`/@${page.handle}`, as(traits))).body;
      const nodes = JSON.parse(/ld\+json">(.*?)<\/script>/s.exec(html)?.[1] ?? '')['@graph'];
      const names = nodes.slice(1).map(({ name }: { name: string }) => name);
      return { html, names, picture: /og:image" content="([^"]*)"/.exec(html)?.[1] };
    };
    const [austria, elsewhere] = [await read({ country: 'AT' }), await read({})];
    expect(austria.html).toContain('Austrian mug');
    expect([austria.names, elsewhere.names]).toEqual([
      ['Mug', 'Cup'],
      ['Mug', 'Foreign mug', 'Cup'],
    ]);
    expect(austria.picture).toBe(elsewhere.picture);
  });

  it('is in the public numbers of a page for those it is meant for only', async () => {
    const page = await createPage();
    const austria = await page.add('austria', { targeting: { countries: { include: ['AT'] } } });
    await send('PATCH', `/api/pages/${page.id}/analytics/settings`, { public: true });
    await server.get(`/go/${austria}`, as({ country: 'AT' }));
    await server.app.recorder.settle();
    const read = async (country: string) =>
      (await server.get(`/@${page.handle}/stats`, as({ country }))).body.includes('austria');
    expect([await read('AT'), await read('DE')]).toEqual([true, false]);
  });

  it.each([
    [{ countries: { include: ['Austria'] } }, 'targeting.countries.include.0'],
    [{ countries: { include: ['AT'], exclude: ['AT'] } }, 'targeting.countries.exclude'],
    [{ languages: { include: ['english'] } }, 'targeting.languages.include.0'],
    [{ devices: { include: ['fridge'] } }, 'targeting.devices.include.0'],
    [{ cities: { include: ['Vienna'] } }, 'targeting.cities'],
  ])('with %j is refused', async (targeting, path) => {
    const { id } = await createPage();
    const block = { type: 'heading', title: 'x', targeting };
    const { status, body } = await server.as(ada, 'POST', `/api/pages/${id}/blocks`, block);
    expect([status, body.errors?.[0].path]).toEqual([400, path]);
  });

  it('is described, exported, versioned, duplicated and removed like any content', async () => {
    const page = await createPage();
    const targeting = { devices: { exclude: ['desktop'] } };
    const full = {
      countries: { include: [], exclude: [] },
      languages: { include: [], exclude: [] },
      devices: { include: [], exclude: ['desktop'] },
    };
    const id = await page.add('phones', { targeting });
    expect((await send('GET', `/api/blocks/${id}`)).targeting).toEqual(full);
    expect((await send('GET', `/api/pages/${page.id}/export`)).blocks[0].targeting).toEqual(full);
    await send('POST', `/api/pages/${page.id}/publish`);
    expect((await send('PATCH', `/api/blocks/${id}`, { targeting: { devices: {} } })).targeting).toBeNull();
    expect(await readTitles(page)).toEqual(['phones']);
    const [version] = (await send('GET', `/api/pages/${page.id}/versions`)).items;
    await send('POST', `/api/pages/${page.id}/versions/${version.id}/restore`);
    expect((await send('GET', `/api/blocks/${id}`)).targeting).toEqual(full);
    const copy = await send('POST', `/api/pages/${page.id}/duplicate`, { handle: newHandle() });
    expect((await send('GET', `/api/pages/${copy.id}/blocks`)).items[0].targeting).toEqual(full);
    await send('PATCH', `/api/pages/${page.id}`, { publishing: 'manual' });
    await send('PATCH', `/api/blocks/${id}`, { targeting: null });
    expect(await readTitles(page)).toEqual([]);
  });
});

describe('caches of a targeted page', () => {
  const readHeaders = async ({ handle }: Made, path = '/@', traits: Traits = {}) => {
    const { headers } = await server.get(`${path}${handle}`, as(traits));
    return [headers.get('cache-control'), headers.get('vary')];
  };

  it('outside of the server never mix visitors', async () => {
    const page = await createPage();
    await page.add('everyone');
    const shared = 'public, max-age=1, stale-while-revalidate=1';
    expect(await readHeaders(page)).toEqual([shared, null]);
    await page.add('austria', { targeting: { countries: { include: ['AT'] } } });
    expect(await readHeaders(page)).toEqual(['private, no-cache', null]);
    await page.add('others', {
      targeting: { languages: { include: ['de'] }, devices: { include: ['phone'] } },
    });
    expect(await readHeaders(page)).toEqual(['private, no-cache', 'Accept-Language, User-Agent']);
    expect(await readHeaders(page, '/api/public/pages/')).toEqual([
      'private, no-cache',
      'Accept-Language, User-Agent, Origin',
    ]);
    const first = await server.get(`/@${page.handle}`, as({ country: 'AT' }));
    const tag = { 'if-none-match': first.headers.get('etag') ?? '' };
    const again = async (country: string) => {
      const options = as({ country });
      return (await server.get(`/@${page.handle}`, { headers: { ...options.headers, ...tag } })).status;
    };
    expect([await again('AT'), await again('DE')]).toEqual([304, 200]);
  });

  it('inside share a rendering between visitors who see the same, and count their hits', async () => {
    const page = await createPage();
    await page.add('dach', { targeting: { countries: { include: ['AT', 'CH', 'DE'] } } });
    const readCounts = async () => {
      const text: string = (await server.get('/metrics')).body;
      const read = (result: string) =>
        Number(
          new RegExp(`linkgrove_page_variants_total\\{result="${result}"\\} (\\d+)`).exec(text)?.[1] ?? 0,
        );
      return { hits: read('hit'), misses: read('miss') };
    };
    const before = await readCounts();
    for (const country of ['AT', 'CH', 'DE', 'FR', 'IT', 'ES', 'PT', 'PL'])
      await server.get(`/@${page.handle}`, as({ country, address: '203.0.113.9' }));
    const after = await readCounts();
    expect([after.hits - before.hits, after.misses - before.misses]).toEqual([6, 2]);
  });
});

describe('a schedule in local time', () => {
  it.each([
    ['Europe/Berlin', '2027-03-28T02:30', '2027-03-28T01:30:00.000Z'],
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['America/New_York', '2027-07-04T09:00', '2027-07-04T13:00:00.000Z'],
  ])('of %s at %s begins at %s', async (timezone, startsAt, instant) => {
    const page = await createPage();
    const schedule = { timezone, startsAt, endsAt: null };
    const id = await page.add('later', { schedule });
    expect(await send('GET', `/api/blocks/${id}`)).toMatchObject({
      schedule,
      startsAt: instant,
      endsAt: null,
    });
  });

  it('is enforced in the redirect, shown in a preview, and replaced by instants', async () => {
    const page = await createPage();
    const schedule = { timezone: 'Asia/Tokyo', startsAt: '2090-01-01T00:00', endsAt: '2090-01-02T00:00' };
    const id = await page.add('tokyo', { schedule });
    expect((await server.get(`/go/${id}`)).status).toBe(404);
    const { url } = await send('POST', `/api/pages/${page.id}/preview-link`);
    const preview = async (query: string) =>
      (await server.get(new URL(url).pathname + new URL(url).search + query)).body as string;
    expect(await preview('')).not.toContain('tokyo');
    expect(await preview('&at=2089-12-31T15:00:00Z')).toContain('tokyo');
    expect(await preview('&at=2089-12-31T14:59:59Z')).not.toContain('tokyo');
    expect(await send('PATCH', `/api/blocks/${id}`, { schedule: null })).toMatchObject({
      schedule: null,
      startsAt: null,
      endsAt: null,
    });
    await send('PATCH', `/api/blocks/${id}`, { schedule });
    expect(await send('PATCH', `/api/blocks/${id}`, { endsAt: null })).toMatchObject({
      schedule: null,
      startsAt: '2089-12-31T15:00:00.000Z',
      endsAt: null,
    });
    await send('PATCH', `/api/blocks/${id}`, { startsAt: null });
    expect((await server.get(`/go/${id}`)).status).toBe(302);
  });

  it.each([
    [{ timezone: 'Mars/Olympus', startsAt: '2026-01-01T00:00' }, 'schedule.timezone'],
    [{ timezone: 'UTC', startsAt: '2026-02-30T00:00' }, 'schedule.startsAt'],
    [{ timezone: 'UTC', startsAt: '2026-02-01T00:00Z' }, 'schedule.startsAt'],
    [{ timezone: 'UTC' }, 'schedule.startsAt'],
    [{ timezone: 'UTC', startsAt: '2026-02-02T00:00', endsAt: '2026-02-01T00:00' }, 'endsAt'],
  ])('%j is refused', async (schedule, path) => {
    const { id } = await createPage();
    const block = { type: 'heading', title: 'x', schedule };
    const { status, body } = await server.as(ada, 'POST', `/api/pages/${id}/blocks`, block);
    expect([status, body.errors?.[0].path]).toEqual([400, path]);
  });
});

describe('a preview', () => {
  it('shows everything, or what a visitor of a country, language and device sees', async () => {
    const page = await createPage({ language: 'en' });
    await page.add('austria', { targeting: { countries: { include: ['AT'] } } });
    await page.add('phones', { targeting: { devices: { include: ['phone'] } } });
    await page.add('german', { targeting: { languages: { include: ['de'] } } });
    const { url } = await send('POST', `/api/pages/${page.id}/preview-link`);
    const { pathname, search } = new URL(url);
    const preview = async (query: string) => {
      const { body } = await server.get(pathname + search + query);
      return ['austria', 'phones', 'german'].filter((title) => body.includes(title));
    };
    expect(await preview('')).toEqual(['austria', 'phones', 'german']);
    expect(await preview('&country=DE')).toEqual(['phones', 'german']);
    expect(await preview('&country=at&device=desktop&language=de-AT')).toEqual(['austria', 'german']);
    expect(await preview('&country=nowhere&device=fridge')).toEqual(['austria', 'phones', 'german']);
  });
});
