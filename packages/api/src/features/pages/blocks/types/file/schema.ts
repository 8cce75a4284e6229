import { z } from 'zod';
import { buildOptionalText, defineBlock } from '../../definition/schema.ts';
import { fileId } from '../../pictures/schema.ts';

export const fileBlock = defineBlock({
  url: 'none',
  buildData: (line) => z.strictObject({ fileId, description: buildOptionalText(line(1, 280)) }),
  listFiles: ({ fileId: id }) => [
    { path: 'fileId', id, kinds: ['document', 'audio', 'video'], isDescribed: true },
  ],
});
