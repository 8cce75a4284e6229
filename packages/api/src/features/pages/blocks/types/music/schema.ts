import { z } from 'zod';
import {
  defineBlock,
  encodeUrl,
  listUrlErrors,
  buildOptionalText,
  webLink,
} from '../../definition/schema.ts';

export const MUSIC_SERVICES = [
  'spotify',
  'apple-music',
  'youtube-music',
  'amazon-music',
  'deezer',
  'tidal',
  'soundcloud',
  'bandcamp',
  'qobuz',
  'audiomack',
  'beatport',
  'line-music',
  'anghami',
  'other',
] as const;
export type MusicService = (typeof MUSIC_SERVICES)[number];
export const musicService = z.enum(MUSIC_SERVICES).meta({ id: 'MusicService' });

const MAX_SERVICES = 20;

export const musicBlock = defineBlock({
  url: 'none',
  noUrlMessage: 'List the links in `data.services`',
  title: 'required',
  buildData: (line) =>
    z.strictObject({
      artist: buildOptionalText(line(1, 128)),
      services: z
        .array(
          z.strictObject({
            service: musicService,
            url: webLink,
          }),
        )
        .min(1, { error: 'Add at least one link' })
        .max(MAX_SERVICES),
    }),
  listErrors: ({ services }) =>
    services.flatMap(({ url }, index) => listUrlErrors(`data.services.${index}.url`, 'link', url)),
  encodeUrls: (data) => ({
    ...data,
    services: data.services.map(({ service, url }) => ({ service, url: encodeUrl('link', url) })),
  }),
});
