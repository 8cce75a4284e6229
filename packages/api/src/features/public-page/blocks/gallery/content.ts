import { z } from 'zod';
import { defineView } from '../view/content.ts';
import { toPublicPicture } from '../view/policy.ts';
import { publicPicture } from '../view/schema.ts';

export const galleryView = defineView<'gallery'>()({
  data: z.object({
    items: z.array(
      z
        .object({ picture: publicPicture, caption: z.string().nullable() })
        .meta({ id: 'PublicGalleryPicture' }),
    ),
  }),
  toData: ({ data }, { findFile }) => {
    const items = data.items.flatMap(({ fileId, caption, ...description }) => {
      const picture = toPublicPicture(findFile(fileId), description);
      return picture ? [{ picture, caption }] : [];
    });
    return items.length === 0 ? null : { items };
  },
});
