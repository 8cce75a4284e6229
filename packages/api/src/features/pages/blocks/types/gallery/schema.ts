import { z } from 'zod';
import { buildOptionalText, defineBlock } from '../../definition/schema.ts';
import { buildPictureMembers, fileId, toPictureUse } from '../../pictures/schema.ts';

export const MAX_GALLERY_PICTURES = 30;

export const galleryBlock = defineBlock({
  url: 'none',
  buildData: (line) =>
    z.strictObject({
      items: z
        .array(
          z
            .strictObject({ fileId, ...buildPictureMembers(line), caption: buildOptionalText(line(1, 280)) })
            .meta({ id: 'GalleryPictureInput', outputId: 'GalleryPicture' }),
        )
        .min(1)
        .max(MAX_GALLERY_PICTURES),
    }),
  listFiles: ({ items }) => items.map((item, index) => toPictureUse(item, `items.${index}.`)),
});
