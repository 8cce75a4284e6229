import { z } from 'zod';
import { buildOptionalText, defineBlock } from '../../definition/schema.ts';
import { fileId } from '../../pictures/schema.ts';

export const audioBlock = defineBlock({
  url: 'none',
  title: 'required',
  buildData: (line) => z.strictObject({ fileId, description: buildOptionalText(line(1, 280)) }),
  listFiles: ({ fileId: id }) => [{ path: 'fileId', id, kinds: ['audio'], isDescribed: true }],
});
