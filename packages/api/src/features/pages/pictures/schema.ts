import { z } from 'zod';
import { checkUrl, MAX_URL_LENGTH, toStoredUrl } from '../../../core/text/urls.ts';

export const imageUrl = z
  .string()
  .trim()
  .superRefine((text, ctx) => {
    const { reason } = checkUrl('image', text);
    if (reason) ctx.addIssue({ code: 'custom', message: reason });
  })
  .overwrite((text) => toStoredUrl('image', text) ?? text)
  .meta({ format: 'uri', maxLength: MAX_URL_LENGTH, example: 'https://example.com/ada.jpg' });

/** An uploaded picture instead of an address: it has several sizes, and its own width and height. */
const pictureFileId = z.uuid().nullable();
export const avatarFileId = pictureFileId.describe(
  'An uploaded picture of the same workspace, instead of `avatarUrl`',
);
export const thumbnailFileId = pictureFileId.describe(
  'An uploaded picture of the same workspace, instead of `thumbnailUrl`',
);
