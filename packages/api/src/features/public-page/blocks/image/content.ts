import { z } from 'zod';
import { checkStoredUrl, defineView } from '../view/content.ts';

export const imageView = defineView<'image'>()({
  data: z.object({ alt: z.string().nullable(), link: z.string().nullable() }),
  toData: ({ data: { alt, link } }) => ({ alt, link: checkStoredUrl('link', link) }),
  findTarget: ({ data, url }, index) =>
    index === undefined ? (checkStoredUrl('link', data.link) ?? checkStoredUrl('image', url)) : null,
});
