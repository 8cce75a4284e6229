import { z } from 'zod';
import { defineView } from '../view/content.ts';
import { toPublicFile } from '../view/policy.ts';
import { href, publicFile } from '../view/schema.ts';

export const fileView = defineView<'file'>()({
  data: z.object({ file: publicFile, description: z.string().nullable(), href }),
  toData: ({ data: { fileId, description } }, { findFile, createHref }) => {
    const file = toPublicFile(findFile(fileId));
    return file && { file, description, href: createHref(file.url) };
  },
  findTarget: ({ data }, index, { findFile }) =>
    index === undefined ? (findFile(data.fileId)?.url ?? null) : null,
});
