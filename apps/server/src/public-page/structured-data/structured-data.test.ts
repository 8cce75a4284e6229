import { DEFAULT_THEME, type PublicBlock, type PublicPage } from '@linkgrove/api';
import { expect, it } from 'vitest';
import { buildStructuredData, renderStructuredData } from './index.ts';

const common = {
  parentId: null,
  url: null,
  href: null,
  gate: null,
  pinned: false,
  thumbnailUrl: null,
  layout: null,
};
let blocks = 0;
const block = (type: string, more: object): PublicBlock =>
  ({ ...common, id: `${(blocks += 1)}`, type, title: null, ...more }) as unknown as PublicBlock;

const page = (listed: PublicBlock[] = [], more: Partial<PublicPage> = {}): PublicPage => ({
  handle: 'ada',
  url: 'https://links.example/@ada',
  title: 'Ada',
  verified: false,
  bio: null,
  avatarUrl: null,
  avatar: null,
  cover: null,
  backdrop: null,
  language: 'en',
  direction: 'ltr',
  theme: DEFAULT_THEME,
  seo: { title: null, description: null, noindex: false, kind: null },
  madeWith: null,
  blocks: listed,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-02T00:00:00.000Z',
  ...more,
});
const withKind = (kind: PublicPage['seo']['kind']) => ({
  seo: { title: null, description: null, noindex: false, kind },
});

const hours = block('hours', {
  data: {
    timezone: 'Europe/Rome',
    week: [
      { day: 'monday', opens: '09:00', closes: '18:00' },
      { day: 'tuesday', opens: '09:00', closes: '18:00' },
      { day: 'friday', opens: '18:00', closes: '02:00' },
      { day: 'sunday', opens: '00:00', closes: '24:00' },
    ],
    exceptions: [
      { date: '2026-12-24', periods: [], note: 'Christmas' },
      { date: '2026-01-01', periods: [], note: null },
    ],
    open: true,
    today: '2026-11-26',
    changesAt: null,
  },
});
const map = block('map', {
  data: {
    latitude: 44.4,
    longitude: 12.2,
    address: 'Via delle Erbe 14, Ravenna',
    zoom: 16,
    service: 'google',
  },
});
const menu = block('menu', {
  title: 'Carta',
  data: {
    currency: 'EUR',
    sections: [
      {
        title: 'Primi',
        items: [
          { name: 'Cappelletti', description: 'In brodo', price: 1250 },
          { name: 'Altro', description: null, price: null },
        ],
      },
    ],
    note: null,
  },
});
const phone = block('phone', { url: 'tel:+390544000000', data: {} });
const event = (more: object = {}) =>
  block('event', {
    title: 'Concert',
    data: {
      beginsAt: '2026-07-01T18:00:00.000Z',
      finishesAt: '2026-12-01T20:00:00.000Z',
      timezone: 'Europe/Berlin',
      place: 'Hall 1, Berlin',
      description: null,
      over: false,
      calendarUrl: null,
      ...more,
    },
  });
const product = (more: object = {}) =>
  block('product', {
    title: 'Mug',
    url: 'https://shop.example/mug',
    data: { price: 1_999, currency: 'EUR', priceBefore: null, description: null, soldOut: false, ...more },
  });

/** What Google requires of each type, and of what is inside. */
const REQUIRED: Record<string, string[]> = {
  ProfilePage: ['mainEntity'],
  Person: ['name'],
  Organization: ['name'],
  LocalBusiness: ['name', 'address'],
  Restaurant: ['name', 'address'],
  Event: ['name', 'startDate', 'location'],
  Place: ['address'],
  Product: ['name', 'offers'],
  Offer: ['price', 'priceCurrency'],
  MenuItem: ['name'],
  OpeningHoursSpecification: ['opens', 'closes'],
};

function listNodes(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(listNodes);
  return '@type' in value ? [value, ...inner] : inner;
}
const listTypes = (of: PublicPage) => listNodes(buildStructuredData(of)).map((node) => node['@type']);

it.each([
  ['a person', page(), ['ProfilePage', 'Person']],
  ['an organization', page([], withKind('organization')), ['ProfilePage', 'Organization']],
  ['a page with a menu and an address', page([menu, map, hours]), ['WebPage', 'Restaurant']],
  ['a page with hours and an address', page([hours, map]), ['WebPage', 'LocalBusiness']],
  ['a restaurant without an address', page([menu]), ['ProfilePage', 'Organization']],
  ['a person with a menu', page([menu, map], withKind('person')), ['ProfilePage', 'Person']],
  ['events and products', page([event(), product()]), ['ProfilePage', 'Person', 'Event', 'Product']],
  ['an event without a place', page([event({ place: null })]), ['ProfilePage', 'Person']],
  ['an event that is over', page([event({ over: true })]), ['ProfilePage', 'Person']],
])('%s is described by the right types, with all that Google requires', (_name, given, types) => {
  const found = listTypes(given);
  for (const type of types) expect(found).toContain(type);
  for (const type of ['Event', 'Product', 'Restaurant', 'LocalBusiness'])
    if (!types.includes(type)) expect(found).not.toContain(type);
  for (const node of listNodes(buildStructuredData(given)))
    for (const member of REQUIRED[String(node['@type'])] ?? []) expect(node).toHaveProperty(member);
});

it('a restaurant has its menu, opening hours, address and phone', () => {
  expect(buildStructuredData(page([menu, map, hours, phone]))).toMatchObject({
    mainEntity: {
      '@type': 'Restaurant',
      telephone: '+390544000000',
      address: { '@type': 'PostalAddress', streetAddress: 'Via delle Erbe 14, Ravenna' },
      geo: { latitude: 44.4, longitude: 12.2 },
      hasMenu: [
        {
          name: 'Carta',
          hasMenuSection: [
            {
              name: 'Primi',
              hasMenuItem: [
                { name: 'Cappelletti', offers: { price: '12.50', priceCurrency: 'EUR' } },
                { '@type': 'MenuItem', name: 'Altro' },
              ],
            },
          ],
        },
      ],
      openingHoursSpecification: [
        {
          '@type': 'OpeningHoursSpecification',
          dayOfWeek: ['https://schema.org/Monday', 'https://schema.org/Tuesday'],
          opens: '09:00',
          closes: '18:00',
        },
        { dayOfWeek: ['https://schema.org/Friday'], opens: '18:00', closes: '02:00' },
        { dayOfWeek: ['https://schema.org/Sunday'], opens: '00:00', closes: '23:59' },
        { opens: '00:00', closes: '00:00', validFrom: '2026-12-24', validThrough: '2026-12-24' },
      ],
    },
  });
});

it('an event has the offset of its place, in summer and in winter', () => {
  expect(buildStructuredData(page([event()]))).toMatchObject({
    '@graph': [{}, { startDate: '2026-07-01T20:00:00+02:00', endDate: '2026-12-01T21:00:00+01:00' }],
  });
});

it.each([
  [{}, '19.99', 'InStock'],
  [{ currency: 'JPY', price: 1_999 }, '1999', 'InStock'],
  [{ currency: 'KWD', price: 1_999, soldOut: true }, '1.999', 'SoldOut'],
])('a product with %j costs %s and is %s', (more, price, availability) => {
  expect(buildStructuredData(page([product(more)]))).toMatchObject({
    '@graph': [{}, { offers: { price, availability: `https://schema.org/${availability}` } }],
  });
});

it('no text can end the element, and a gated block is not described', () => {
  const gated = block('menu', { title: null, data: null, gate: '18+' });
  const evil = page([gated, map], { title: '</script><script>alert(1)//', bio: '<!--<script>' });
  const { text } = renderStructuredData(evil);
  expect(text.match(/<\/?script/g)).toHaveLength(2);
  expect(text).not.toContain('<!--');
  expect(text).not.toContain('Menu');
  expect(JSON.parse(/>(.*)<\/script>$/s.exec(text)?.[1] ?? '')).toMatchObject({
    mainEntity: { '@type': 'Person', name: '</script><script>alert(1)//' },
  });
});
