import { z } from 'zod';
import { defineView } from '../view/content.ts';
import { toPublicFile, toPublicPicture } from '../view/policy.ts';
import { publicFile, publicPicture } from '../view/schema.ts';

export const videoView = defineView<'video'>()({
  data: z.object({ file: publicFile, poster: publicPicture.nullable() }),
  toData: ({ data: { fileId, posterFileId } }, { findFile }) => {
    const file = toPublicFile(findFile(fileId));
    return file && { file, poster: posterFileId === null ? null : toPublicPicture(findFile(posterFileId)) };
  },
});
