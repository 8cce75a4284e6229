import { z } from 'zod';
import { defineBlock } from '../../definition/schema.ts';
import { fileId } from '../../pictures/schema.ts';

export const videoBlock = defineBlock({
  url: 'none',
  title: 'required',
  buildData: () =>
    z.strictObject({
      fileId,
      posterFileId: fileId.nullable().default(null).describe('A picture to show before it plays'),
    }),
  listFiles: ({ fileId: id, posterFileId }) => [
    { path: 'fileId', id, kinds: ['video'], isDescribed: true },
    ...(posterFileId === null
      ? []
      : [{ path: 'posterFileId', id: posterFileId, kinds: ['picture'] as const, isDescribed: true }]),
  ],
});
