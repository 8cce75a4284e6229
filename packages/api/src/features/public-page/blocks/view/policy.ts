import type { z } from 'zod';
import type { File } from '../../../files/schema.ts';
import type { publicFile, PublicPicture } from './schema.ts';

type Description = { alt: string | null; decorative: boolean };

/** Next to words that say the same. */
export const DECORATIVE: Description = { alt: null, decorative: true };

export function toPublicPicture(
  file: File | undefined,
  { alt, decorative }: Description = { alt: null, decorative: false },
): PublicPicture | null {
  if (!file || file.width === null || file.height === null) return null;
  const { url, width, height, focus } = file;
  const sources = file.variants.flatMap((one) =>
    one.width === null || one.height === null
      ? []
      : [{ url: one.url, type: one.type, width: one.width, height: one.height }],
  );
  return { url, width, height, focus, alt: decorative ? null : (alt ?? file.alt), sources };
}

export function toPublicFile(file: File | undefined): z.infer<typeof publicFile> | null {
  if (!file) return null;
  const { url, type, name, size } = file;
  return { url, type, name, size };
}
