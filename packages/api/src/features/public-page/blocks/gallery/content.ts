import { z } from 'zod';
import { defineView, type RowOf, type ViewTools } from '../view/content.ts';
import { toPublicPicture } from '../view/policy.ts';
import { publicPicture } from '../view/schema.ts';

const listPictures = ({ data }: RowOf<'gallery'>, { findFile }: Pick<ViewTools, 'findFile'>) =>
  data.items.flatMap(({ fileId, caption, ...description }) => {
    const picture = toPublicPicture(findFile(fileId), description);
    return picture ? [{ picture, caption }] : [];
  });

export const galleryView = defineView<'gallery'>()({
  data: z.object({
    items: z.array(
      z
        .object({
          picture: publicPicture,
          caption: z.string().nullable(),
          href: z.url().describe('The address of the large picture, which counts a click'),
        })
        .meta({ id: 'PublicGalleryPicture' }),
    ),
  }),
  toData: (row, tools) => {
    const items = listPictures(row, tools).map((item, index) => ({
      ...item,
      href: tools.createHref(item.picture.url, index),
    }));
    return items.length === 0 ? null : { items };
  },
  findTarget: (row, index, tools) =>
    index === undefined ? null : (listPictures(row, tools)[index]?.picture.url ?? null),
});
