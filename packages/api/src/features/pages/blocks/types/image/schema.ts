import { z } from 'zod';
import {
  defineBlock,
  encodeUrl,
  listUrlErrors,
  buildOptionalText,
  webLink,
} from '../../definition/schema.ts';

export const imageBlock = defineBlock({
  url: 'required',
  use: 'image',
  urlDescription: 'The image, starting with `https://`',
  buildData: (line) =>
    z.strictObject({
      alt: buildOptionalText(line(1, 280)).describe('What the image shows; null if it is decorative'),
      link: webLink.nullable().default(null).describe('Where the image links to'),
    }),
  listErrors: ({ link }) => (link === null ? [] : listUrlErrors('data.link', 'link', link)),
  encodeUrls: (data) => ({ ...data, link: data.link === null ? null : encodeUrl('link', data.link) }),
});
