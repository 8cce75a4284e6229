import { z } from 'zod';
import { checkStoredUrl, defineView } from '../view/content.ts';
import { toPublicPicture } from '../view/policy.ts';
import { publicPicture } from '../view/schema.ts';

export const imageView = defineView<'image'>()({
  data: z.object({
    alt: z.string().nullable(),
    link: z.string().nullable(),
    picture: publicPicture.nullable().describe('In several sizes, if it was uploaded'),
  }),
  toData: ({ data, url }, { findFile }) => {
    const link = checkStoredUrl('link', data.link);
    if (data.fileId === null)
      return checkStoredUrl('image', url) === null ? null : { alt: data.alt, link, picture: null };
    const picture = toPublicPicture(findFile(data.fileId), data);
    return picture && { alt: picture.alt, link, picture };
  },
  findTarget: ({ data, url }, index) =>
    index === undefined ? (checkStoredUrl('link', data.link) ?? checkStoredUrl('image', url)) : null,
});
