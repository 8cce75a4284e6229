import { z } from 'zod';
import { getDataOutput } from '../../../pages/blocks/types/schema.ts';
import { href } from '../view/schema.ts';
import { defineView, type RowOf } from '../view/content.ts';

type Data = RowOf<'map'>['data'];

const LINKS: Record<Data['service'], (data: Data) => string> = {
  openstreetmap: ({ latitude, longitude, zoom }) =>
    `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=${zoom}/${latitude}/${longitude}`,
  google: ({ latitude, longitude }) =>
    `https://www.google.com/maps/search/?api=1&query=${latitude}%2C${longitude}`,
  apple: ({ latitude, longitude, zoom }) =>
    `https://maps.apple.com/?ll=${latitude}%2C${longitude}&z=${zoom}&q=${latitude}%2C${longitude}`,
};

const buildMapLink = (data: Data): string => LINKS[data.service](data);

export const mapView = defineView<'map'>()({
  data: getDataOutput('map').extend({ link: z.url(), href }),
  toData: ({ data }, { createHref }) => {
    const link = buildMapLink(data);
    return { ...data, link, href: createHref(link) };
  },
  findTarget: ({ data }, index) => (index === undefined ? buildMapLink(data) : null),
});
