import type { OpenBlockOf } from '../blocks/shared.ts';
import { type Node, pickGiven, toDecimal } from './values.ts';

type Hours = OpenBlockOf<'hours'>['data'];
type Period = Hours['week'][number];

const toSchemaDay = (day: Period['day']): string =>
  `https://schema.org/${day.charAt(0).toUpperCase()}${day.slice(1)}`;

/** Schema.org knows no 24:00. */
const toClosing = (closes: string): string => (closes === '24:00' ? '23:59' : closes);
const isUsual = ({ opens }: { opens: string }): boolean => opens !== '24:00';

function listWeek(week: Period[]): Node[] {
  const byTimes = Map.groupBy(week.filter(isUsual), ({ opens, closes }) => `${opens} ${closes}`);
  return [...byTimes.values()].flatMap((periods) => {
    const [first] = periods;
    if (!first) return [];
    return {
      '@type': 'OpeningHoursSpecification',
      dayOfWeek: [...new Set(periods.map(({ day }) => toSchemaDay(day)))],
      opens: first.opens,
      closes: toClosing(first.closes),
    };
  });
}

/** A closed day opens and closes at midnight. */
function listExceptions({ exceptions, today }: Hours): Node[] {
  return exceptions
    .filter(({ date }) => date >= today)
    .flatMap(({ date, periods }) => {
      const given = periods.length === 0 ? [{ opens: '00:00', closes: '00:00' }] : periods.filter(isUsual);
      return given.map(({ opens, closes }) => ({
        '@type': 'OpeningHoursSpecification',
        opens,
        closes: toClosing(closes),
        validFrom: date,
        validThrough: date,
      }));
    });
}

export const listOpeningHours = (hours: Hours): Node[] => [...listWeek(hours.week), ...listExceptions(hours)];

export function buildMenu({ title, data }: OpenBlockOf<'menu'>): Node {
  const sections = data.sections.map((section) => ({
    '@type': 'MenuSection',
    name: section.title,
    hasMenuItem: section.items.map(({ name, description, price }) => ({
      '@type': 'MenuItem',
      ...pickGiven({ name, description }),
      ...(price !== null && {
        offers: { '@type': 'Offer', price: toDecimal(price, data.currency), priceCurrency: data.currency },
      }),
    })),
  }));
  return { '@type': 'Menu', ...pickGiven({ name: title }), hasMenuSection: sections };
}

export const buildAddress = (address: string): Node => ({
  '@type': 'PostalAddress',
  streetAddress: address,
});

export const buildCoordinates = ({ latitude, longitude }: OpenBlockOf<'map'>['data']): Node => ({
  '@type': 'GeoCoordinates',
  latitude,
  longitude,
});
