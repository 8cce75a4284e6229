import { z } from 'zod';
import type { FileUse } from '../../../files/schema.ts';
import { buildOptionalText, type TextSchema } from '../definition/schema.ts';

export const fileId = z.uuid().describe('Of an uploaded file of the same workspace');

/** Members of a picture that was uploaded. */
export const buildPictureMembers = (line: TextSchema) => ({
  alt: buildOptionalText(line(1, 280)).describe(
    "What the picture shows; null for the file's own description, or if it is decorative",
  ),
  decorative: z.boolean().default(false).describe('The picture adds nothing that a description could say'),
});

type Picture = { fileId: string; alt: string | null; decorative: boolean };
export const toPictureUse = ({ fileId: id, alt, decorative }: Picture, path = ''): FileUse => ({
  path: `${path}fileId`,
  id,
  kinds: ['picture'],
  isDescribed: alt !== null || decorative,
});
