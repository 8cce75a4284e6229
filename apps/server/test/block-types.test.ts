import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { usePerson, useTestServer } from './kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);
let page: string;
beforeAll(async () => {
  page = `/api/pages/${(await server.as(ada, 'GET', '/api/pages')).body.items[0].id}`;
  await server.as(ada, 'PATCH', page, { published: true });
});

const document = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8'));
type Example = { type: string };
const { examples } = document.paths['/api/pages/{id}/blocks'].post.requestBody.content['application/json'];
/** Types that need an uploaded file have tests of their own. */
const OF_FILES = new Set(['gallery', 'video', 'audio', 'file']);
const EXAMPLES = Object.values<{ value: Example }>(examples)
  .map(({ value }) => value)
  .filter(({ type }) => !OF_FILES.has(type));

const add = (block: object) => server.as(ada, 'POST', `${page}/blocks`, block);
/** The only block of the page as visitors get it, in JSON and HTML. */
async function publish(block: object) {
  for (const { id } of (await server.as(ada, 'GET', `${page}/blocks`)).body.items)
    await server.as(ada, 'DELETE', `/api/blocks/${id}`);
  const added = await add(block);
  expect(added).toMatchObject({ status: 201 });
  const { body } = await server.get(`/api/public/pages/${ada.username}`);
  const html: string = await (await fetch(`${server.url}/@${ada.username}`)).text();
  return { id: added.body.id, block: body.blocks[0], html };
}
const follow = async (path: string) => {
  const answer = await fetch(`${server.url}${path}`, { redirect: 'manual' });
  return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
};

describe('every type', () => {
  it('is shown as its example says, in JSON and HTML', async () => {
    for (const example of EXAMPLES) {
      const { block, html } = await publish(example);
      expect(block).toMatchObject({ type: example.type, gate: null });
      expect(html).toContain('<li>');
      expect(html.replace(/<script type="application\/ld\+json">/, '')).not.toContain('<script');
      const gated = await publish({ ...example, gate: '18+' });
      expect(gated.block).toMatchObject({ url: null, data: null });
      expect(await follow(`/go/${gated.id}`)).toMatchObject({ status: 200 });
    }
  });
});

describe('a block of type', () => {
  it('faq unfolds without a script, and shows its answers as Markdown', async () => {
    const { html, block } = await publish({
      type: 'faq',
      data: { items: [{ question: '<Why>?', answer: '**Because** <b>' }] },
    });
    expect(html).toContain('<details><summary><bdi>&#60;Why&#62;?</bdi></summary>');
    expect(html).toContain('<strong>Because</strong> &lt;b&gt;');
    expect(block.data.items[0]).toMatchObject({ answer: '**Because** <b>' });
  });

  it.each([
    ['openstreetmap', 'https://www.openstreetmap.org/?mlat=44.4&mlon=12.2#map=16/44.4/12.2'],
    ['google', 'https://www.google.com/maps/search/?api=1&query=44.4%2C12.2'],
    ['apple', 'https://maps.apple.com/?ll=44.4%2C12.2&z=16&q=44.4%2C12.2'],
  ])('map leads to %s only when it is clicked', async (service, location) => {
    const { id, html } = await publish({ type: 'map', data: { latitude: 44.4, longitude: 12.2, service } });
    expect(html).not.toContain(new URL(location).host);
    expect(await follow(`/go/${id}`)).toMatchObject({ status: 302, location });
  });

  it('countdown tells what is left, and that it is over', async () => {
    const until = new Date(Date.now() + (2 * 1_440 + 61) * 60_000).toISOString();
    const { block, html } = await publish({ type: 'countdown', title: 'Launch', data: { until } });
    expect(block.data).toMatchObject({ over: false, left: { days: 2, hours: 1, minutes: 1 } });
    expect(html).toContain('<span>2 days</span> <span>1 hour</span> <span>1 minute</span>');
    const past = await publish({
      type: 'countdown',
      title: 'Launch',
      data: { until: '2020-01-01T00:00:00Z', after: 'We have lift-off' },
    });
    expect(past.block.data).toMatchObject({ over: true, left: { days: 0, hours: 0, minutes: 0 } });
    expect(past.html).toContain('We have lift-off');
  });

  it('product shows its price in the currency and language', async () => {
    await server.as(ada, 'PATCH', page, { language: 'de' });
    const product = { type: 'product', title: 'Druck', url: 'https://shop.example.com/1' };
    const { html, id } = await publish({
      ...product,
      data: { price: 1250, currency: 'EUR', priceBefore: 2000, soldOut: true },
    });
    expect(html).toContain('12,50\u00a0€ <s>20\u00a0€</s> · Ausverkauft');
    expect(await follow(`/go/${id}`)).toMatchObject({ status: 302, location: product.url });
    const yen = await publish({ ...product, data: { price: 1250, currency: 'JPY' } });
    expect(yen.html).toContain('1.250\u00a0¥');
    await server.as(ada, 'PATCH', page, { language: 'en' });
  });

  it('music counts each service under its own address', async () => {
    const services = [
      { service: 'spotify', url: 'https://open.spotify.com/album/1' },
      { service: 'other', url: 'https://music.example.com/1' },
    ];
    const { id, html } = await publish({ type: 'music', title: 'Waltz', data: { services } });
    expect(html).toContain('Spotify</a>');
    expect(html).toContain('music.example.com</a>');
    for (const [index, { url }] of services.entries())
      expect(await follow(`/go/${id}?to=${index}`)).toMatchObject({ status: 302, location: url });
    expect(await follow(`/go/${id}?to=2`)).toMatchObject({ status: 404 });
  });

  it('event comes as a calendar file that cannot be broken out of', async () => {
    const { id, block, html } = await publish({
      type: 'event',
      title: 'Talk; with, \\ and é'.padEnd(100, ' long'),
      data: {
        beginsAt: '2027-03-28T00:30:00Z',
        finishesAt: '2027-03-28T02:00:00Z',
        timezone: 'Europe/Berlin',
        place: 'Hall 1, Berlin',
      },
    });
    expect(block.data.calendarUrl).toMatch(new RegExp(`/go/${id}/event.ics$`));
    expect(html).toContain('1:30');
    // Clocks went forward during the event.
    expect(html).toContain('4:00');
    const file = await follow(`/go/${id}/event.ics`);
    expect(file.text).toContain('DTSTART:20270328T003000Z\r\nDTEND:20270328T020000Z\r\n');
    expect(file.text).toContain(String.raw`LOCATION:Hall 1\, Berlin`);
    expect(file.text.replaceAll('\r\n ', '')).toContain(String.raw`SUMMARY:Talk\; with\, \\ and é long`);
    expect(file.text.split('\r\n').every((line) => new TextEncoder().encode(line).length <= 75)).toBe(true);
    await server.as(ada, 'PATCH', `/api/blocks/${id}`, { enabled: false });
    expect(await follow(`/go/${id}/event.ics`)).toMatchObject({ status: 404 });
  });

  it('support leads to the chosen amount', async () => {
    const { id, html } = await publish({
      type: 'support',
      url: 'https://paypal.me/ada',
      data: { currency: 'EUR', amounts: [500, 1250], amountUrl: 'https://paypal.me/ada/{amount}' },
    });
    expect(html).toContain('€12.50');
    expect(await follow(`/go/${id}`)).toMatchObject({ location: 'https://paypal.me/ada' });
    expect(await follow(`/go/${id}?to=0`)).toMatchObject({ location: 'https://paypal.me/ada/5' });
    expect(await follow(`/go/${id}?to=1`)).toMatchObject({ location: 'https://paypal.me/ada/12.50' });
  });

  it('hours tells whether the place is open now', async () => {
    const week = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map(
      (day) => ({
        day,
        opens: '00:00',
        closes: '24:00',
      }),
    );
    const always = await publish({ type: 'hours', data: { timezone: 'Asia/Tokyo', week } });
    expect(always.block.data).toMatchObject({ open: true, changesAt: null });
    expect(always.html).toContain('Open now');
    const never = await publish({ type: 'hours', data: { timezone: 'Asia/Tokyo', week: [] } });
    expect(never.html).toContain('<p class="state">Closed</p>');
  });

  it.each([
    ['data.items', { type: 'faq', data: { items: [] } }],
    ['data.items', { type: 'faq' }],
    ['data.latitude', { type: 'map', data: { latitude: 91, longitude: 0 } }],
    ['url', { type: 'map', url: 'https://example.com', data: { latitude: 1, longitude: 0 } }],
    ['data.until', { type: 'countdown', title: 'x', data: { until: 'soon' } }],
    ['title', { type: 'countdown', data: { until: '2030-01-01T00:00:00Z' } }],
    [
      'data.timezone',
      { type: 'countdown', title: 'x', data: { until: '2030-01-01T00:00:00Z', timezone: 'X' } },
    ],
    [
      'data.price',
      { type: 'product', title: 'x', url: 'https://example.com', data: { price: 1.5, currency: 'EUR' } },
    ],
    [
      'data.currency',
      { type: 'product', title: 'x', url: 'https://example.com', data: { price: 1, currency: 'XX1' } },
    ],
    [
      'data.priceBefore',
      {
        type: 'product',
        title: 'x',
        url: 'https://example.com',
        data: { price: 2, currency: 'EUR', priceBefore: 2 },
      },
    ],
    [
      'data.week.0.opens',
      { type: 'hours', data: { timezone: 'UTC', week: [{ day: 'monday', opens: '9', closes: '10:00' }] } },
    ],
    [
      'data.exceptions.0.date',
      { type: 'hours', data: { timezone: 'UTC', week: [], exceptions: [{ date: '2026-02-30' }] } },
    ],
    [
      'data.services.0.url',
      { type: 'music', title: 'x', data: { services: [{ service: 'other', url: 'javascript:1' }] } },
    ],
    [
      'data.finishesAt',
      {
        type: 'event',
        title: 'x',
        data: { beginsAt: '2030-01-02T00:00:00Z', finishesAt: '2030-01-01T00:00:00Z', timezone: 'UTC' },
      },
    ],
    [
      'data.amountUrl',
      { type: 'support', url: 'https://example.com', data: { amountUrl: 'https://example.com' } },
    ],
    [
      'data.amountUrl',
      { type: 'support', url: 'https://example.com', data: { amountUrl: 'javascript:{amount}' } },
    ],
  ])('is refused with a wrong %s: %j', async (path, block) => {
    const { status, body } = await add(block);
    expect([status, body.errors?.map((error: { path: string }) => error.path)]).toEqual([400, [path]]);
  });
});
