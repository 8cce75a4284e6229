import { createValidationError } from '../../../core/errors.ts';
import type { FileUse } from '../../files/schema.ts';

type Given = { url?: string | null | undefined; fileId?: string | null | undefined };

/** An address replaces a file, and a file an address. Throws `VALIDATION_FAILED` for both. */
export function replacePicture({ url, fileId }: Given, name: 'avatar' | 'thumbnail'): Given {
  if (typeof url === 'string' && typeof fileId === 'string')
    throw createValidationError({
      path: `${name}FileId`,
      message: `Give either ${name}Url or ${name}FileId`,
      code: 'unexpected',
    });
  return typeof fileId === 'string'
    ? { url: null, fileId }
    : typeof url === 'string'
      ? { url, fileId: null }
      : { url, fileId };
}

/** Where its description would only repeat the text next to it. */
export const toDecorationUse = (path: string, id: string | null | undefined): FileUse[] =>
  typeof id === 'string' ? [{ path, id, kinds: ['picture'], isDescribed: true }] : [];

type GivenAvatar = { avatarUrl?: string | null | undefined; avatarFileId?: string | null | undefined };

/** Throws like `replacePicture`. */
export function pickAvatar({ avatarUrl, avatarFileId }: GivenAvatar) {
  const { url, fileId } = replacePicture({ url: avatarUrl, fileId: avatarFileId }, 'avatar');
  return { avatarUrl: url, avatarFileId: fileId };
}
