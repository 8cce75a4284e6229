import { z } from 'zod';
import {
  createRequiredError,
  defineBlock,
  encodeUrl,
  listUrlErrors,
  webLink,
} from '../../definition/schema.ts';
import { buildPictureMembers, fileId, toPictureUse } from '../../pictures/schema.ts';

export const imageBlock = defineBlock({
  url: 'optional',
  use: 'image',
  urlDescription: 'The image, starting with `https://`, if it is not an uploaded file',
  buildData: (line) =>
    z.strictObject({
      ...buildPictureMembers(line),
      link: webLink.nullable().default(null).describe('Where the image links to'),
      fileId: fileId.nullable().default(null),
    }),
  listErrors: (data, { url }) => [
    ...(url === null && data.fileId === null ? [createRequiredError('url')] : []),
    ...(url !== null && data.fileId !== null
      ? [{ path: 'url', message: 'Give either url or data.fileId', code: 'unexpected' }]
      : []),
    ...(data.link === null ? [] : listUrlErrors('data.link', 'link', data.link)),
  ],
  encodeUrls: (data) => ({ ...data, link: data.link === null ? null : encodeUrl('link', data.link) }),
  listFiles: (data) => (data.fileId === null ? [] : [toPictureUse({ ...data, fileId: data.fileId })]),
});
