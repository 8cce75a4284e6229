import { z } from 'zod';
import { defineView } from '../view/content.ts';
import { toPublicFile } from '../view/policy.ts';
import { publicFile } from '../view/schema.ts';

export const fileView = defineView<'file'>()({
  data: z.object({ file: publicFile, description: z.string().nullable() }),
  toData: ({ data: { fileId, description } }, { findFile }) => {
    const file = toPublicFile(findFile(fileId));
    return file && { file, description };
  },
});
