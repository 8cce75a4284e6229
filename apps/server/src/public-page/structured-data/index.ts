import { type PublicBlock, type PublicPage, readContactUrl } from '@linkgrove/api';
import { Html, html as markup } from '../../html.ts';
import type { OpenBlockOf } from '../blocks/shared.ts';
import { listTrustedProfiles } from '../profiles.ts';
import { buildAddress, buildMenu, buildCoordinates, listOpeningHours } from './business.ts';
import { type Node, pickGiven, toDecimal, toLocalTime } from './values.ts';

// Structured data for search engines: schema.org as JSON-LD, with the members that Google requires of each type
// (https://developers.google.com/search/docs/appearance/structured-data/search-gallery). A type whose required members
// a page cannot fill is left out, or described as something wider.

type Kind = NonNullable<PublicPage['seo']['kind']>;
const TYPES: Record<Kind, string> = {
  person: 'Person',
  organization: 'Organization',
  localBusiness: 'LocalBusiness',
  restaurant: 'Restaurant',
};

const isOpen = (block: PublicBlock, type: PublicBlock['type']): boolean =>
  block.type === type && block.data !== null;
const listOpen = <T extends PublicBlock['type']>({ blocks }: PublicPage, type: T): OpenBlockOf<T>[] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `isOpen` checks both
  blocks.filter((block) => isOpen(block, type)) as OpenBlockOf<T>[];

const findContact = (page: PublicPage, type: 'email' | 'phone'): string | null => {
  const url = page.blocks.find((block) => block.type === type && block.data !== null)?.url;
  return url ? readContactUrl(url).value : null;
};

const findAddress = (page: PublicPage): string | null =>
  listOpen(page, 'map').find(({ data }) => data.address !== null)?.data.address ?? null;

function guessKind(page: PublicPage): Kind {
  if (listOpen(page, 'menu').length > 0) return 'restaurant';
  return listOpen(page, 'hours').length > 0 ? 'localBusiness' : 'person';
}

/** A business needs an address; without one, it is an organization. */
function findKind(page: PublicPage): Kind {
  const kind = page.seo.kind ?? guessKind(page);
  const needsAddress = kind === 'localBusiness' || kind === 'restaurant';
  return needsAddress && findAddress(page) === null ? 'organization' : kind;
}

function buildBusiness(page: PublicPage): Record<string, unknown> {
  const [map] = listOpen(page, 'map');
  const address = findAddress(page);
  const menus = listOpen(page, 'menu');
  return {
    address: address === null ? null : buildAddress(address),
    geo: map ? buildCoordinates(map.data) : null,
    openingHoursSpecification: listOpen(page, 'hours').flatMap(({ data }) => listOpeningHours(data)),
    ...(menus.length > 0 && { menu: page.url, hasMenu: menus.map(buildMenu) }),
  };
}

function buildEntity(page: PublicPage): Node {
  const kind = findKind(page);
  return {
    '@type': TYPES[kind],
    ...pickGiven({
      name: page.title,
      alternateName: `@${page.handle}`,
      url: page.url,
      description: page.bio,
      image: page.avatarUrl,
      logo: kind === 'person' ? null : page.avatarUrl,
      sameAs: page.blocks.flatMap(listTrustedProfiles).map(({ url }) => url),
      email: findContact(page, 'email'),
      telephone: findContact(page, 'phone'),
      ...((kind === 'localBusiness' || kind === 'restaurant') && buildBusiness(page)),
    }),
  };
}

/** Google requires a place, so an event without one is left out. */
function listEvents(page: PublicPage, organizer: Node): Node[] {
  return listOpen(page, 'event').flatMap(({ title, url, thumbnailUrl, data }) => {
    const { place, beginsAt, finishesAt, timezone, description, over } = data;
    if (place === null || over) return [];
    return {
      '@type': 'Event',
      ...pickGiven({
        name: title,
        startDate: toLocalTime(beginsAt, timezone),
        endDate: finishesAt === null ? null : toLocalTime(finishesAt, timezone),
        eventStatus: 'https://schema.org/EventScheduled',
        eventAttendanceMode: 'https://schema.org/OfflineEventAttendanceMode',
        location: { '@type': 'Place', name: place, address: buildAddress(place) },
        description,
        image: thumbnailUrl ?? page.avatarUrl,
        url,
        organizer,
      }),
    };
  });
}

function listProducts(page: PublicPage): Node[] {
  return listOpen(page, 'product').map(({ title, url, thumbnailUrl, data }) => ({
    '@type': 'Product',
    ...pickGiven({
      name: title,
      description: data.description,
      image: thumbnailUrl,
      offers: {
        '@type': 'Offer',
        url,
        price: toDecimal(data.price, data.currency),
        priceCurrency: data.currency,
        availability: `https://schema.org/${data.soldOut ? 'SoldOut' : 'InStock'}`,
      },
    }),
  }));
}

/** Without blocks that lead to suspicious hosts. */
export function buildStructuredData(given: PublicPage): object {
  const page = { ...given, blocks: given.blocks.filter(({ suspicious }) => !suspicious) };
  const entity = buildEntity(page);
  const { '@type': type, name, url } = entity;
  const isProfile = type === 'Person' || type === 'Organization';
  const main = {
    '@type': isProfile ? 'ProfilePage' : 'WebPage',
    url: page.url,
    inLanguage: page.language,
    dateCreated: page.createdAt,
    dateModified: page.updatedAt,
    mainEntity: entity,
  };
  const others = [...listEvents(page, { '@type': type, name, url }), ...listProducts(page)];
  return others.length === 0
    ? { '@context': 'https://schema.org', ...main }
    : { '@context': 'https://schema.org', '@graph': [main, ...others] };
}

/** `<` is escaped so that no text can end the element. */
export function renderStructuredData(page: PublicPage): Html {
  const json = JSON.stringify(buildStructuredData(page)).replaceAll('<', String.raw`\u003c`);
  return markup`<script type="application/ld+json">${new Html(json)}</script>`;
}
