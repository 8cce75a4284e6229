import { z } from 'zod';
import { musicService } from '../../../pages/blocks/types/music/schema.ts';
import { href } from '../view/schema.ts';
import { checkStoredUrl, defineView, type RowOf } from '../view/content.ts';

const listServices = ({ data }: RowOf<'music'>) =>
  data.services.flatMap(({ service, url }) => {
    const checked = checkStoredUrl('link', url);
    return checked === null ? [] : [{ service, url: checked }];
  });

export const musicView = defineView<'music'>()({
  data: z.object({
    artist: z.string().nullable(),
    services: z.array(
      z.object({ service: musicService, url: z.string(), href }).meta({ id: 'PublicMusicService' }),
    ),
  }),
  toData: (row, { createHref }) => ({
    artist: row.data.artist,
    services: listServices(row).map((one, index) => ({ ...one, href: createHref(one.url, index) })),
  }),
  findTarget: (row, index = 0) => listServices(row)[index]?.url ?? null,
});
